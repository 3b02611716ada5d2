"""The movies that have failed, by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Any, Final

import msgspec

from movietag.documents import MOVIES, MovieBody
from movietag.errors import UsageError
from movietag.records import SourceKind
from movietag.rules.failing import movie_error
from movietag.search.indices import decode_hits
from movietag.search.reader import Reader

FAILED: Final[dict[str, Any]] = {
    "query": {"term": {"status": "failed"}},
    "sort": [{"updated_ms": "desc"}, {"movie_id": "asc"}, {"tagger": "asc"}],
}


class FailedMovie(msgspec.Struct, frozen=True):
    """A movie that has failed: ``error`` is the short word of its ``reason``, ``videos`` how many were tried.

    ``urls``, ``files`` and ``images`` are the videos that its title named.
    """

    movie_id: str
    title: str
    year: int | None
    error: str
    reason: str
    videos: int
    added_ms: int
    failed_ms: int
    urls: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


class ErrorCount(msgspec.Struct, frozen=True):
    """How many movies failed with an error; ``example`` is the newest reason."""

    error: str
    movies: int
    example: str


class FailedMovies(msgspec.Struct, frozen=True):
    """The newest failed movies; ``total`` and ``errors``, the most frequent first, count all that match."""

    total: int
    errors: tuple[ErrorCount, ...]
    movies: tuple[FailedMovie, ...]


async def scan_failed(
    reader: Reader, errors: Collection[str] = ()
) -> AsyncGenerator[FailedMovie, None]:
    """All failed movies, or those with one of these errors, the newest failure first.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    async with aclosing(reader.indices.scan(MOVIES, FAILED)) as hits:
        async for hit in hits:
            for body in decode_hits([hit], MovieBody):
                failed = failed_movie(body)
                if not errors or failed.error in errors:
                    yield failed


async def failures(reader: Reader, errors: Collection[str] = (), limit: int = 50) -> FailedMovies:
    """Count the failed movies, or those with one of these errors, and return the newest ``limit``.

    Raises:
        TransientError: see ``scan_failed``.
        UsageError: no movie failed with one of these errors; the text lists those there are.
    """
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    newest: list[FailedMovie] = []
    async with aclosing(scan_failed(reader)) as movies:
        async for movie in movies:
            counts[movie.error] += 1
            examples.setdefault(movie.error, movie.reason)
            if len(newest) < limit and (not errors or movie.error in errors):
                newest.append(movie)
    if unknown := [error for error in errors if error not in counts]:
        known = ", ".join(error for error, _ in counts.most_common()) or "none"
        raise UsageError(
            f"No movie failed with the reason {unknown[0][:80]!r}. Reasons now: {known}."
        )
    wanted = [
        ErrorCount(error, number, examples[error])
        for error, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        if not errors or error in errors
    ]
    return FailedMovies(sum(one.movies for one in wanted), tuple(wanted), tuple(newest))


def failed_movie(body: MovieBody) -> FailedMovie:
    """A failed movie, from its document."""

    def named(kind: SourceKind) -> tuple[str, ...]:
        return tuple(video.url for video in body.videos if video.source == kind)

    return FailedMovie(
        movie_id=body.movie_id,
        title=body.title,
        year=body.year,
        error=movie_error(body.reason, body.videos),
        reason=body.reason,
        videos=len(body.videos),
        added_ms=body.added_ms,
        failed_ms=body.updated_ms,
        urls=named(SourceKind.URL),
        files=named(SourceKind.FILE),
        images=named(SourceKind.IMAGES),
    )
