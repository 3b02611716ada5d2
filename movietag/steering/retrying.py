"""Trying failed movies again: their titles, as they are sent."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import aclosing
from typing import Final, NamedTuple

from movietag.adding import retry_message
from movietag.fleet.joining import join_library
from movietag.search.failures import scan_failed
from movietag.search.reader import Reader
from movietag.settings import Settings

LIST: Final = 20  # movies, above which they are a list: what people add goes before it


class RetriedMovies(NamedTuple):
    """The messages, and whether they are sent as a list."""

    values: list[bytes]
    bulk: bool


async def retried_movies(
    library: Reader, settings: Settings, errors: Collection[str]
) -> RetriedMovies:
    """What searches and fetches failed movies again: all, or those with one of these errors.

    Raises:
        TransientError: a server is unreachable, or Elasticsearch has no index of this vocabulary.
        UsageError: the servers belong to different libraries.
    """
    await join_library(settings, library.es)
    async with aclosing(scan_failed(library, errors)) as movies:
        values = [retry_message(movie) async for movie in movies]
    return RetriedMovies(values, bulk=len(values) > LIST)
