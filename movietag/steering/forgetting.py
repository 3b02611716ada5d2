"""Forgetting a movie: which one is meant, whether it is in the library or waits, and the message that forgets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from movietag.errors import UsageError
from movietag.fleet.joining import join_library
from movietag.kafka.unread_titles import unread_titles
from movietag.rules.titles import title_of
from movietag.search.client import NoIndexError
from movietag.search.naming import NothingFound, plain
from movietag.search.reader import Reader
from movietag.search.results import Movie
from movietag.settings import Settings


class ForgottenMovie(msgspec.Struct, frozen=True):
    """A movie that is forgotten, or is about to be."""

    movie_id: str
    title: str
    year: int | None


async def movie_to_forget(library: Reader, settings: Settings, text: str) -> ForgottenMovie:
    """The movie of a title or an id: one of the library, or a title that waits to be planned.

    Raises:
        NothingFound: neither.
        UsageError: several movies have this title; or the servers belong to different libraries.
        TransientError: a server is unreachable.
    """
    return await _found(library, settings, library.movie, text, (text, _id_of(text)))


async def movie_of_id_to_forget(
    library: Reader, settings: Settings, movie_id: str
) -> ForgottenMovie:
    """The movie with an id, raising as ``movie_to_forget``: a title in place of the id is not found."""
    return await _found(library, settings, library.by_id, movie_id, (movie_id,))


def forget_message(movie: ForgottenMovie) -> bytes:
    """The message that forgets a movie."""
    fields = {"title": movie.title, "year": movie.year, "movie_id": movie.movie_id}
    return msgspec.json.encode({**fields, "forget": True})


async def _found(
    library: Reader,
    settings: Settings,
    find: Callable[[str], Awaitable[Movie]],
    text: str,
    waiting: tuple[str, ...],
) -> ForgottenMovie:
    """The movie that ``find`` finds, else the title that waits with one of these ids."""
    await join_library(settings, library.es)
    try:
        found = await find(text)
    except (NothingFound, NoIndexError) as error:
        for title in (await unread_titles(settings)).values():
            if title.movie_id in waiting:
                return ForgottenMovie(title.movie_id, title.title, title.year)
        near = error.near if isinstance(error, NothingFound) else ()
        raise NothingFound(
            f"No movie {plain(text[:100])!r} is in the library, and no such title waits.", near
        ) from None
    return ForgottenMovie(found.movie_id, found.title, found.year)


def _id_of(text: str) -> str:
    """The id that adding a text gives; empty where it is no title."""
    try:
        return title_of(text).movie_id
    except UsageError:
        return ""
