"""The videos that may show a movie: those that its title names, else the results of a search."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from movietag.crawl.errors import TRANSIENT, SiteError
from movietag.crawl.from_catalogue import unlisted
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.options import CrawlOptions
from movietag.crawl.programs import site_access
from movietag.crawl.ranking import rank
from movietag.crawl.search_job import SearchJob, SearchResults, query_of
from movietag.crawl.source_table import SOURCES, DiskSource
from movietag.errors import PermanentError, UsageError
from movietag.records import Record, Title, Video, VideoId, decode, encode
from movietag.sandbox.child import Limits
from movietag.sandbox.parent import run_child
from movietag.settings import Settings

SEARCH_SECONDS: Final = 90.0
SEARCH_FILE_BYTES: Final = 16 << 20  # caches and cookies


class Candidates(Record, frozen=True):
    """Videos that may show a movie, best first, and rejected results, with reasons."""

    videos: tuple[Video, ...] = ()
    rejected: tuple[Video, ...] = ()


Elsewhere = Callable[[str, str, PermanentError], Awaitable[Video]]
"""The video at a path (a source, the path) as another worker has it; raises the error if none has."""


async def find_videos(
    title: Title,
    film: KnownFilm | None = None,
    *,
    settings: Settings,
    elsewhere: Elsewhere | None = None,
) -> Candidates:
    """The videos that a title names, else those of a search, ranked, and the official ones of its film.

    Args:
        title: whose videos.
        film: what a catalogue knows of it.
        settings: what may be read, and how to search.
        elsewhere: asked for files and folders that this machine lacks.

    Raises:
        PermanentError: ``forbidden-url``, ``forbidden-path`` or ``missing-path``: the title names what
            may not be read, or does not exist. None of its videos is taken then.
        Whatever ``elsewhere`` raises.
        SiteError, ThrottledError: the search fails now; no title is at fault.
        MachineError: this machine is at fault.
        UsageError: the setting ``search`` names no search, or the search's host is not allowed.
    """
    if title.sources:
        return Candidates(await _named(title, settings, elsewhere))
    found = await _search(title, settings, film)
    ranking = await asyncio.to_thread(  # with many titles of a film it takes a while
        rank,
        title.title,
        title.year,
        found.found,
        min_seconds=settings.min_seconds,
        max_seconds=settings.max_seconds,
        by_title=settings.rank,
        film=film,
    )
    listed = (video.video_id for video in (*ranking.accepted, *ranking.rejected))
    videos = [*unlisted(film, listed, settings.sites), *ranking.accepted]
    if settings.rank:
        videos.sort(key=lambda video: -video.score)
    return Candidates(tuple(videos), ranking.rejected)


async def _named(
    title: Title, settings: Settings, elsewhere: Elsewhere | None
) -> tuple[Video, ...]:
    """What a title names, in the order of the table, each checked."""
    videos: dict[VideoId, Video] = {}
    for source in SOURCES.values():
        for text in source.named(title.sources):
            try:
                video = await asyncio.to_thread(source.resolve, text, settings)
            except PermanentError as error:
                if elsewhere is None or not isinstance(source, DiskSource):
                    raise
                video = await elsewhere(str(source.kind), text, error)
            videos[video.video_id] = video
    return tuple(videos.values())


async def _search(title: Title, settings: Settings, film: KnownFilm | None) -> SearchResults:
    """Search in a child; a failure is never attributed to the title."""
    year = title.year or (film.year if film else None)
    query = query_of(settings.search_query, title.title, year)
    given = site_access()
    options = await asyncio.to_thread(CrawlOptions.of, settings, given.cache)
    job = SearchJob(settings.search, query, settings.search_results, options)
    messages: list[bytes] = []

    async def keep(message: bytes) -> None:
        messages.append(message)

    try:
        await run_child(
            "movietag.crawl.search:search_job",
            encode(job),
            Limits(SEARCH_SECONDS, settings.fetch_memory, SEARCH_FILE_BYTES),
            keep,
            transient=TRANSIENT,
            access=given.access,
        )
        return decode(SearchResults, messages[0] if messages else None)
    except PermanentError as error:
        if error.kind == "forbidden-address":
            raise UsageError(f"The search {settings.search!r}: {error.reason}") from None
        raise SiteError("site-broken", f"The search for {query!r} failed: {error.reason}") from None
