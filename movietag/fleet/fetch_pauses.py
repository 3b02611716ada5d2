"""Fetching that people have paused, as a whole or of one site: rows of ``movietag.library``, which fetch workers read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Final

from movietag.crawl.rate import site_named
from movietag.errors import PermanentError, UsageError
from movietag.fleet.rows import read_rows, write_rows
from movietag.records import Message, decode, encode
from movietag.records.bounds import Milliseconds
from movietag.settings import Settings

BEGIN: Final = "pause/"  # of the rows' keys; a site follows
EVERYTHING: Final = ""  # instead of a site


class FetchPause(Message, frozen=True):
    """The row of a pause; ``since_ms``: milliseconds since 1970."""

    VERSION: ClassVar[int] = 1

    since_ms: Milliseconds


async def read_fetch_pauses(settings: Settings) -> dict[str, FetchPause]:
    """The pauses by site; ``EVERYTHING`` stands for all fetching, that of files of one's own included.

    A row that this version cannot read pauses all the same, since an unknown time.

    Raises:
        TransientError: Kafka is unreachable.
    """
    rows = await read_rows(settings)
    return {
        key.removeprefix(BEGIN): _pause(value)
        for key, value in rows.items()
        if key.startswith(BEGIN)
    }


def _pause(value: bytes) -> FetchPause:
    try:
        return decode(FetchPause, value)
    except PermanentError:
        return FetchPause(0)


async def pause_fetching(settings: Settings, site: str, since_ms: int) -> str:
    """Pause a site, or ``EVERYTHING``; returns how it is named. Raises as ``write_rows``, and UsageError for no site."""
    named = _site(site)
    if named not in await read_fetch_pauses(settings):
        await write_rows(settings, {BEGIN + named: encode(FetchPause(since_ms))})
    return named


async def resume_fetching(settings: Settings, site: str) -> list[str]:
    """End the pause of a site, or with ``EVERYTHING`` all pauses; returns what was paused. Raises as ``pause_fetching``."""
    named = _site(site)
    paused = await read_fetch_pauses(settings)
    ended = [one for one in paused if named in (EVERYTHING, one)]
    await write_rows(settings, {BEGIN + one: None for one in ended})
    return ended


def _site(text: str) -> str:
    """A site as the limiter names it, from its host or any address of it."""
    if not text:
        return EVERYTHING
    site = site_named(text if "//" in text else f"//{text}")
    if not site or "." not in site:
        raise UsageError(f"{text[:80]!r} is no site. Examples: youtube.com, https://vimeo.com/")
    return site


def pause_line(site: str, pause: FetchPause) -> str:
    """A pause in words, with what ends it."""
    since = f"{datetime.fromtimestamp(pause.since_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"Fetching{f' from {site}' if site else ''} is paused since {since}. It goes on with: movietag resume"
        f"{f' {site}' if site else ''}"
    )
