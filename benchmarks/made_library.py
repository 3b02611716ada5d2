"""A made-up library with lifelike statistics of tags, of any size; the same in every run.

Tags differ in how common they are (Zipf). A movie has each with that chance, in a share of its images
drawn from a Beta distribution with mean 0.3, and any other tag in one image of a hundred, as captioners
err. Images with a tag come in runs, as shots do. Captions name their tags among words whose frequencies
are Zipf's too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from movietag.documents import (
    FRAMES,
    MOVIE_TAGS,
    MOVIES,
    Body,
    FrameBody,
    MovieBody,
    MovieTagBody,
    TagCount,
    VideoState,
    index_name,
)
from movietag.records import Document
from movietag.rules.links import link
from movietag.rules.spelling import title_forms, title_key
from movietag.rules.stems import caption_stems
from movietag.vocabulary import Vocabulary, field_name

WORDS = 8000  # of the captions
CAPTION = 9  # words of one
VIDEOS = 5
TAGGER = "made@0123"
NOW_MS = 1_790_000_000_000
SYLLABLES = (
    "ba",
    "co",
    "di",
    "fe",
    "gu",
    "ha",
    "jo",
    "ka",
    "li",
    "mo",
    "nu",
    "pe",
    "ra",
    "so",
    "ti",
    "vu",
)


def word(number: int) -> str:
    """A made-up word, another for each number."""
    parts = [SYLLABLES[number % 16], SYLLABLES[number // 16 % 16], SYLLABLES[number // 256 % 16]]
    return "".join(parts) + ("n" if number >= 4096 else "")


@dataclass(frozen=True)
class MadeMovie:
    """A movie: which of its images show which tag, as a matrix of images by tags."""

    number: int
    title: str
    year: int
    shown: NDArray[np.bool_]
    captions: tuple[str, ...]

    @property
    def movie_id(self) -> str:
        """Its id."""
        return f"made-{self.number:06}"


class MadeLibrary:
    """``movies`` movies of ``images`` images each, tagged by a vocabulary."""

    def __init__(self, vocabulary: Vocabulary, movies: int, images: int) -> None:
        self.vocabulary, self.movies, self.images = vocabulary, movies, images
        ranks = np.arange(1, len(vocabulary.tags) + 1)
        self.chances = np.minimum(0.6, 2.5 / ranks**0.8)
        weights = 1 / np.arange(1, WORDS + 1) ** 1.05
        self.word_chances = weights / weights.sum()

    def movie(self, number: int) -> MadeMovie:
        """One of the movies."""
        draw = np.random.default_rng(number)
        tags = len(self.chances)
        ratios = np.where(draw.random(tags) < self.chances, draw.beta(1.2, 2.8, tags), 0.01)
        shots = np.sort(
            draw.integers(0, self.images // 3 + 1, self.images)
        )  # of about three images
        shown = (draw.random((self.images, tags)) < ratios)[shots]
        words = draw.choice(WORDS, (self.images, CAPTION), p=self.word_chances)
        captions = tuple(
            self._caption(row, picture) for row, picture in zip(words, shown, strict=True)
        )
        title = " ".join(word(int(n)).capitalize() for n in draw.choice(WORDS, 2))
        return MadeMovie(number, title, int(draw.integers(1930, 2027)), shown, captions)

    def _caption(self, words: NDArray[np.int64], shown: NDArray[np.bool_]) -> str:
        tags = ", ".join(self.vocabulary.tags[n] for n in np.flatnonzero(shown))
        return f"{' '.join(word(int(n)) for n in words)} with {tags or 'nothing'}"

    def documents(self, number: int) -> Iterator[Document]:
        """All documents of a movie: its own, a row per tag, and its frames."""
        movie = self.movie(number)
        key = f"{movie.movie_id}~{TAGGER}"
        yield self._document(MOVIES, key, self._body(movie))
        counts = movie.shown.sum(axis=0)
        for rank, n in enumerate(np.argsort(-counts, kind="stable"), 1):
            row = self._row(movie, int(n), int(counts[n]), rank)
            yield self._document(MOVIE_TAGS, f"{key}~{field_name(row.tag)}", row)
        for slot in range(self.images):
            yield self._document(FRAMES, f"{key}~{slot:05}", self._frame(movie, slot))

    def _document(self, alias: str, doc_id: str, body: Body) -> Document:
        index = index_name(alias, self.vocabulary.vocabulary_id)
        return Document(index, doc_id, 1, msgspec.Raw(msgspec.json.encode(body)))

    def _body(self, movie: MadeMovie) -> MovieBody:
        counts = movie.shown.sum(axis=0)
        ratios = counts / self.images
        tags = self.vocabulary.tags
        present = [tags[n] for n in np.argsort(-counts, kind="stable") if counts[n]]
        return MovieBody(
            movie_id=movie.movie_id,
            title=movie.title,
            year=movie.year,
            status="complete",
            reason="",
            generation=1,
            revision=1,
            tagger=TAGGER,
            vocabulary=self.vocabulary.vocabulary_id,
            images=self.images,
            promised=self.images,
            failed_images=0,
            tag_names=tuple(present),
            tags={
                field_name(tag): TagCount(int(count), float(ratio))
                for tag, count, ratio in zip(tags, counts, ratios, strict=True)
            },
            videos=tuple(_video(movie, n, self.images // VIDEOS) for n in range(VIDEOS)),
            added_ms=NOW_MS + movie.number,
            updated_ms=NOW_MS + movie.number,
            title_forms=title_forms(movie.title),
            title_key=title_key(movie.title),
            tag_vector=tuple(float(ratio) for ratio in ratios) if present else msgspec.UNSET,
        )

    def _row(self, movie: MadeMovie, n: int, count: int, rank: int) -> MovieTagBody:
        return MovieTagBody(
            movie_id=movie.movie_id,
            title=movie.title,
            year=movie.year,
            tagger=TAGGER,
            tag=self.vocabulary.tags[n],
            count=count,
            ratio=count / self.images,
            images=self.images,
            rank=rank,
            updated_ms=NOW_MS,
        )

    def _frame(self, movie: MadeMovie, slot: int) -> FrameBody:
        a_video = -(-self.images // VIDEOS)
        video, number = divmod(slot, a_video)
        url = f"https://www.youtube.com/watch?v={movie.number:08}{video}"
        return FrameBody(
            movie_id=movie.movie_id,
            title=movie.title,
            year=movie.year,
            tagger=TAGGER,
            video_id=f"youtube:{movie.number:08}{video}",
            video_title=f"{movie.title} Official Trailer {video + 1}",
            slot=number,
            time=3.0 + 12.5 * number,
            caption=movie.captions[slot],
            tags=tuple(self.vocabulary.tags[n] for n in np.flatnonzero(movie.shown[slot])),
            link=link(url, 3.0 + 12.5 * number),
            updated_ms=NOW_MS,
            quality="cut" if slot % 9 == 8 else "refused" if slot % 25 == 3 else "whole",
            stems=caption_stems(movie.captions[slot], "english"),
        )


def _video(movie: MadeMovie, n: int, slots: int) -> VideoState:
    return VideoState(
        video_id=f"youtube:{movie.number:08}{n}",
        url=f"https://www.youtube.com/watch?v={movie.number:08}{n}",
        title=f"{movie.title} Official Trailer {n + 1}",
        source="search",
        score=4.0 - n / 4,
        reasons=("whole title", "kind word trailer", "year"),
        status="fetched",
        reason="",
        slots=slots,
        dropped=0,
        captioned=slots,
        failed=0,
    )
