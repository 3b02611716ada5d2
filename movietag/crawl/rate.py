"""Politeness: how often videos of one site are requested, over all workers together."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from movietag.crawl.source_table import SOURCES, DiskSource
from movietag.records import Video

FIRST_PAUSE: Final = 15 * 60.0  # seconds; a site's penalty lasts "up to an hour"
LONGEST_PAUSE: Final = 60 * 60.0
LOOK_AGAIN: Final = 1.0  # seconds: so a changed share or pause applies to waiting downloads too
_SAME: Final = {"youtu.be": "youtube.com", "dai.ly": "dailymotion.com"}

log = logging.getLogger(__name__)


def site_of(video: Video) -> str | None:
    """The site that a video is requested from, by its host; None for none."""
    if isinstance(SOURCES.get(video.source), DiskSource):
        return None
    try:
        host = (urlsplit(video.url).netloc.rpartition("@")[2] or video.url).lower()
    except ValueError:  # not a URL: nothing is requested, fetching refuses it
        return None
    for prefix in ("www.", "m.", "music."):
        host = host.removeprefix(prefix)
    return _SAME.get(host, host)


@dataclass(slots=True)
class _Site:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: float = float("-inf")  # start of the last download
    stretch: float = 1.0  # the jitter that the next one waits for
    paused_until: float = float("-inf")
    next_pause: float = FIRST_PAUSE


class SiteLimiter:
    """Spaces the starts of downloads from one site, in the order in which they were requested.

    This worker takes a turn every ``interval / share`` seconds, plus up to half of that by chance;
    ``share`` is this worker's part of all videos, and may be set at any time.

    Args:
        interval: seconds between two starts over all workers; 0: waits only for a pause.
        clock: a monotonic clock, in seconds.
        sleep: as asyncio's.
    """

    def __init__(
        self,
        interval: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = interval
        self._share = 1.0
        self._clock = clock
        self._sleep = sleep
        self._sites: dict[str, _Site] = {}

    @property
    def share(self) -> float:
        """This worker's part of all videos, above 0 and at most 1."""
        return self._share

    @share.setter
    def share(self, share: float) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"a share is above 0 and at most 1, not {share}")
        self._share = share

    async def turn(self, site: str | None) -> None:
        """Wait until a download from this site may start; return immediately for None."""
        if site is None:
            return
        state = self._site(site)
        async with state.lock:
            await self._due(state)
            self._start(state)

    @asynccontextmanager
    async def place(self, site: str | None, places: asyncio.Semaphore) -> AsyncIterator[None]:
        """Take a turn, then one of ``places`` for the block; it holds none while it waits for its turn."""
        if site is None:
            await places.acquire()
        else:
            await self._turn_and_place(self._site(site), places)
        try:
            yield
        finally:
            places.release()

    async def _turn_and_place(self, state: _Site, places: asyncio.Semaphore) -> None:
        async with state.lock:
            while True:
                await self._due(state)
                await places.acquire()
                if self._wait(state) <= 0:
                    break
                places.release()  # the site was paused meanwhile
            self._start(state)

    async def _due(self, state: _Site) -> None:
        while (wait := self._wait(state)) > 0:
            await self._sleep(min(wait, LOOK_AGAIN))

    def _start(self, state: _Site) -> None:
        state.last = self._clock()
        state.stretch = random.uniform(1.0, 1.5)

    def throttled(self, site: str, reason: str) -> float:
        """Request nothing from the site for 15 minutes, twice as long each further time, at most an hour.

        Further calls during a pause do not lengthen it. Returns the seconds left.
        """
        state, now = self._site(site), self._clock()
        if state.paused_until <= now:
            pause = state.next_pause * random.uniform(1.0, 1.1)
            state.paused_until = now + min(pause, LONGEST_PAUSE)
            state.next_pause = min(2 * state.next_pause, LONGEST_PAUSE)
            log.warning(
                "%s throttles us; nothing is requested from it for %.0f minutes. Its message: %s",
                *(site, (state.paused_until - now) / 60, reason),
            )
        return state.paused_until - now

    def succeeded(self, site: str) -> None:
        """Record that a download worked: the next pause is short again."""
        self._site(site).next_pause = FIRST_PAUSE

    def paused(self) -> Sequence[tuple[str, float]]:
        """The sites paused now, with the seconds left, for health pages."""
        now = self._clock()
        return [
            (name, state.paused_until - now)
            for name, state in self._sites.items()
            if state.paused_until > now
        ]

    def _wait(self, state: _Site) -> float:
        turn = state.last + state.stretch * self._interval / self._share
        return max(turn, state.paused_until) - self._clock()

    def _site(self, site: str) -> _Site:
        return self._sites.setdefault(site, _Site())
