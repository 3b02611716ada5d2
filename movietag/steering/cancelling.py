"""Cancelling movies that have no images yet: which ones wait, and the message that cancels one."""

from __future__ import annotations

from contextlib import aclosing, suppress

import msgspec

from movietag.kafka.unread_titles import unread_titles
from movietag.rules.titles import title_of
from movietag.search.client import NoIndexError
from movietag.search.reader import Reader
from movietag.search.scans import scan_movies
from movietag.settings import Settings


class CancelledMovie(msgspec.Struct, frozen=True):
    """A movie of which the fetching is cancelled, unless it has images by then."""

    movie_id: str
    title: str
    year: int | None


def movie_to_cancel(line: str) -> CancelledMovie:
    """The movie of a title as it was added, a line or JSON; raises UsageError where it is no title."""
    title = title_of(line)
    return CancelledMovie(title.movie_id, title.title, title.year)


def cancel_message(movie: CancelledMovie) -> bytes:
    """The message that cancels a movie."""
    fields = {"title": movie.title, "year": movie.year, "movie_id": movie.movie_id}
    return msgspec.json.encode({**fields, "cancel": True})


async def waiting_movies(library: Reader, settings: Settings) -> list[CancelledMovie]:
    """Movies that run without an image, then titles that nobody has planned.

    Raises:
        TransientError: a server is unreachable.
    """
    found: dict[str, CancelledMovie] = {}
    with_images: set[str] = set()
    with suppress(NoIndexError):  # it is made by the first document
        async with aclosing(scan_movies(library)) as movies:
            async for movie in movies:
                if movie.images:
                    with_images.add(movie.movie_id)
                elif movie.status == "running":
                    one = CancelledMovie(movie.movie_id, movie.title, movie.year)
                    found[movie.movie_id] = one
    for movie_id, title in (await unread_titles(settings)).items():
        found.setdefault(movie_id, CancelledMovie(movie_id, title.title, title.year))
    return [movie for movie_id, movie in found.items() if movie_id not in with_images]
