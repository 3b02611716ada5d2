"""A real Elasticsearch for kinds of cases that search: started for a table, filled with titles, removed again."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.cases import TableError
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, MovieBody, index_name
from movietag.local.preflight import port_free
from movietag.local.stack import Stack
from movietag.records import Document
from movietag.rules.movie_ids import movie_id_of
from movietag.rules.spelling import title_forms, title_key
from movietag.search.client import connected
from movietag.search.embedded import node_ports
from movietag.search.index.ensuring import ensure_indices
from movietag.search.index.writer import write_bulk
from movietag.search.naming import split_year
from movietag.search.reader import Reader
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, from_lines

PORT_BASES: Final = range(27000, 32000, 400)
NOW_MS: Final = 1_790_000_000_000


@contextmanager
def own_elasticsearch() -> Iterator[Settings]:
    """The settings of an Elasticsearch that runs in a folder of its own until the block ends.

    Where `MOVIETAG_ELASTICSEARCH` names a server, it is used: a library has indices of its own there.

    Raises:
        TableError: no ports are free.
        MovietagError: see ``Stack.start``.
    """
    if (configured := Settings()).elasticsearch is not None:
        yield configured
        return
    free = (base for base in PORT_BASES if all(map(port_free, node_ports(base))))
    base = next(free, None)
    if base is None:
        raise TableError("No ports are free for an Elasticsearch.")
    with tempfile.TemporaryDirectory(prefix="movietag-cases-") as folder:
        stack = Stack(Settings(home=Path(folder) / "home", port_base=base))
        stack.start(only=["elasticsearch"])
        try:
            yield stack.settings
        finally:
            stack.down()


@asynccontextmanager
async def library_of(settings: Settings, titles: Sequence[str]) -> AsyncIterator[Reader]:
    """A reader of a library with these titles, `Heat (1995)` with its year; it is removed when the block ends."""
    vocabulary = from_lines(f"cases {uuid.uuid4().hex[:12]}", ["horror"])
    movies = index_name(MOVIES, vocabulary.vocabulary_id)
    async with connected(settings) as es:
        await ensure_indices(es, vocabulary)
        try:
            bodies = [body_of(title, vocabulary) for title in dict.fromkeys(titles)]
            documents = [
                Document(movies, body.movie_id, 1, msgspec.Raw(msgspec.json.encode(body)))
                for body in bodies
            ]
            if refused := await write_bulk(es, documents):
                raise TableError(f"Elasticsearch refuses {refused[0].reason}")
            await es.indices.refresh(index=movies)
            yield Reader(es, vocabulary, settings.not_cut)
        finally:
            for alias in (MOVIES, MOVIE_TAGS, FRAMES):
                name = index_name(alias, vocabulary.vocabulary_id)
                await es.indices.delete(index=name, ignore_unavailable=True)
                await es.options(ignore_status=404).indices.delete_index_template(
                    name=f"movietag-{name}"
                )


def body_of(written: str, vocabulary: Vocabulary) -> MovieBody:
    """A complete movie without images."""
    title, year = split_year(written)
    return MovieBody(
        movie_id=movie_id_of(title, year),
        title=title,
        year=year,
        status="complete",
        reason="",
        generation=1,
        revision=1,
        tagger="cases@0",
        vocabulary=vocabulary.vocabulary_id,
        images=0,
        promised=0,
        failed_images=0,
        tag_names=(),
        tags={},
        videos=(),
        added_ms=NOW_MS,
        updated_ms=NOW_MS,
        title_forms=title_forms(title),
        title_key=title_key(title),
    )
