"""Made-up films in an Elasticsearch, added one by one, for tables of searches."""

from __future__ import annotations

import asyncio
import atexit
import uuid
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

import msgspec
from elasticsearch import AsyncElasticsearch

from benchmarks.cases.own_search import own_elasticsearch
from movietag.documents import (
    BODIES,
    FRAMES,
    MOVIES,
    Body,
    FrameBody,
    MovieBody,
    TagCount,
    VideoState,
    index_name,
)
from movietag.errors import UsageError
from movietag.records import Document
from movietag.rules.spelling import title_forms, title_key
from movietag.rules.stems import caption_stems
from movietag.search.client import make_client
from movietag.search.index.ensuring import ensure_indices
from movietag.search.index.writer import write_bulk
from movietag.search.reader import Reader
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, field_name, from_lines, load

IMAGES: Final = 10  # of each film
NOW: Final = 1_790_000_000_000
NOT_CUT: Final = 0.1
LANGUAGE: Final = "english"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Film:
    """A film: in how many of its images each tag appears, and the caption of them all."""

    title: str
    year: int | None = None
    tags: Mapping[str, int] = field(default_factory=dict)
    caption: str = "A quiet place."
    source: str = "search"


class Films(Protocol):
    """Where films can be added and searched."""

    def add(self, film: Film) -> None:
        """Add a film, unless it is there; the next search finds it."""

    def add_all(self, films: Iterable[Film]) -> None:
        """Add the films that are not there; the next search finds them."""

    def searched(self, search: Callable[[Reader], Coroutine[object, object, T]]) -> T:
        """What a search of the films returns."""


@dataclass(slots=True)
class FilmIndex:
    """Indices of their own in an Elasticsearch, with the films that were added.

    Args:
        settings: where Elasticsearch is.
    """

    settings: Settings
    vocabulary: Vocabulary = field(init=False)
    films: list[Film] = field(default_factory=list)
    _es: AsyncElasticsearch | None = None
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        """Make a vocabulary that nothing else has: the 71 tags under a name of their own."""
        self.vocabulary = from_lines(f"cases {uuid.uuid4().hex[:12]}", load("mpst").tags)

    def add(self, film: Film) -> None:
        """Add a film, unless it is there; the next search finds it."""
        self.add_all([film])

    def add_all(self, films: Iterable[Film]) -> None:
        """Add the films that are not there, in one request; the next search finds them."""
        documents: list[Document] = []
        for film in films:
            if film not in self.films:
                self.films.append(film)
                documents += _documents(film, len(self.films), self.vocabulary)
        if documents:
            self._runner.run(self._write(documents))

    def searched(self, search: Callable[[Reader], Coroutine[object, object, T]]) -> T:
        """What a search of the films returns."""

        async def run() -> T:
            return await search(
                Reader(await self._client(), self.vocabulary, NOT_CUT, language=LANGUAGE)
            )

        return self._runner.run(run())

    def remove(self) -> None:
        """Remove the indices, and close the connection."""

        async def run() -> None:
            es = await self._client()
            for alias in BODIES:
                name = index_name(alias, self.vocabulary.vocabulary_id)
                if self.vocabulary.vocabulary_id in name:
                    await es.indices.delete(index=name, ignore_unavailable=True)
                    gone = es.options(ignore_status=404).indices
                    await gone.delete_index_template(name=f"movietag-{name}")
            await es.close()

        self._runner.run(run())
        self._runner.close()

    async def _client(self) -> AsyncElasticsearch:
        """The connection; at first it makes the indices."""
        if self._es is None:
            self._es = make_client(self.settings)
            await ensure_indices(self._es, self.vocabulary)
        return self._es

    async def _write(self, documents: list[Document]) -> None:
        es = await self._client()
        if refused := await write_bulk(es, documents):
            raise UsageError(f"Elasticsearch refuses a film: {refused[0].reason}.")
        await es.indices.refresh(
            index=[index_name(alias, self.vocabulary.vocabulary_id) for alias in (MOVIES, FRAMES)]
        )


def started_elasticsearch() -> Settings:
    """Start an Elasticsearch that ends with this process, and return its settings.

    Raises:
        TableError: no ports are free.
        MovietagError: it does not start.
    """
    ending = ExitStack()
    settings = ending.enter_context(own_elasticsearch())
    atexit.register(ending.close)  # last, so it runs first: before its temporary folder is removed
    return settings


def _documents(film: Film, number: int, vocabulary: Vocabulary) -> Iterator[Document]:
    movie_id = f"film-{number}"
    yield _document(MOVIES, f"{movie_id}~made", movie_body(film, movie_id, vocabulary), vocabulary)
    for slot in range(IMAGES):
        body = FrameBody(
            movie_id=movie_id,
            title=film.title,
            year=film.year,
            tagger="made@0123",
            video_id="youtube:made",
            video_title="Official Trailer",
            slot=slot,
            time=slot * 6.0,
            caption=film.caption,
            tags=tuple(tag for tag, count in film.tags.items() if slot < count),
            link=f"https://www.youtube.com/watch?v=made&t={6 * slot}s",
            updated_ms=NOW,
            stems=caption_stems(film.caption, LANGUAGE),
        )
        yield _document(FRAMES, f"{movie_id}~made~{slot:08}", body, vocabulary)


def movie_body(film: Film, movie_id: str, vocabulary: Vocabulary) -> MovieBody:
    """The document of a film."""
    counts = {tag: film.tags.get(tag, 0) for tag in vocabulary.tags}
    ratios = tuple(count / IMAGES for count in counts.values())
    return MovieBody(
        movie_id=movie_id,
        title=film.title,
        year=film.year,
        status="complete",
        reason="",
        generation=1,
        revision=1,
        tagger="made@0123",
        vocabulary=vocabulary.vocabulary_id,
        images=IMAGES,
        promised=IMAGES,
        failed_images=0,
        tag_names=tuple(sorted(filter(counts.get, counts), key=lambda tag: -counts[tag])),
        tags={field_name(tag): TagCount(count, count / IMAGES) for tag, count in counts.items()},
        videos=(_video(film),),
        added_ms=NOW,
        updated_ms=NOW,
        tag_vector=ratios if any(ratios) else msgspec.UNSET,
        title_forms=title_forms(film.title),
        title_key=title_key(film.title),
    )


def _video(film: Film) -> VideoState:
    return VideoState(
        video_id="youtube:made",
        url="https://www.youtube.com/watch?v=made",
        title="Official Trailer",
        source=film.source,
        score=1.0,
        reasons=(),
        status="fetched",
        reason="",
        slots=IMAGES,
        dropped=0,
        captioned=IMAGES,
        failed=0,
    )


def _document(alias: str, doc_id: str, body: Body, vocabulary: Vocabulary) -> Document:
    index = index_name(alias, vocabulary.vocabulary_id)
    return Document(index, doc_id, 1, msgspec.Raw(msgspec.json.encode(body)))
