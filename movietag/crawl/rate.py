"""Politeness: how often videos of one site are requested, on average over all workers."""

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

from movietag.crawl.breaker import LOOK_AGAIN, THROTTLED, Breaker, BreakerState, Pauses
from movietag.crawl.source_table import is_on_disk
from movietag.crawl.turns import Rank, Turns
from movietag.records import Video

_SAME: Final = {"youtu.be": "youtube.com", "dai.ly": "dailymotion.com"}

log = logging.getLogger(__name__)


def site_of(video: Video) -> str | None:
    """The site that a video is requested from, by its host; None for none."""
    if is_on_disk(video):
        return None
    return site_named(video.url)


def site_named(url: str) -> str | None:
    """The site that an address names, by its host; None if it cannot be read."""
    try:
        host = (urlsplit(url).netloc.rpartition("@")[2] or url).lower()
    except ValueError:  # not a URL: nothing is requested, fetching refuses it
        return None
    for prefix in ("www.", "m.", "music."):
        host = host.removeprefix(prefix)
    return _SAME.get(host, host)


@dataclass(frozen=True, slots=True)
class PausedSite:
    """A site that is requested no more than to see whether it works again.

    Attributes:
        site: its host.
        left: seconds until the next request.
        why: the reason, with the remedy.
    """

    site: str
    left: float
    why: str

    def __str__(self) -> str:
        return (
            f"{self.site} is paused, and tried again in {self.left / 60:.0f} min; none of its videos is marked"
            f" failed meanwhile. {self.why}"
        )


@dataclass(slots=True)
class _Site:
    name: str
    breaker: Breaker
    turns: Turns = field(default_factory=lambda: Turns(1))
    last: float = float("-inf")  # start of the last download
    stretch: float = 1.0  # the jitter that the next one waits for


class SiteLimiter:
    """Spaces the starts of downloads from one site, by their ranks, and of one rank in the order of the requests.

    This worker takes a turn every ``interval / share`` seconds, plus up to half of that by chance;
    ``share`` is this worker's part of all videos, and may be set at any time.

    Args:
        interval: seconds between two starts, on average over all workers; 0: waits only for a pause.
        clock: a monotonic clock, in seconds.
        sleep: as asyncio's.
        look_again: seconds after which a wait notices that share or pause have changed.
        held: whether no video of a site (None: of no site) may be begun now, for a reason outside of this.
    """

    def __init__(
        self,
        interval: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        look_again: float = LOOK_AGAIN,
        held: Callable[[str | None], bool] = lambda site: False,
    ) -> None:
        self._interval = interval
        self._look_again = look_again
        self._held = held
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

    async def turn(self, site: str | None, rank: Rank = ()) -> None:
        """Wait until a download from this site may start; return immediately for None."""
        if site is None:
            return
        state = self._site(site)
        async with state.turns.hold(rank):
            await self._due(state)
            if self._start(state):
                state.breaker.ended()  # nobody says how it ends

    @asynccontextmanager
    async def place(self, site: str | None, places: Turns, rank: Rank = ()) -> AsyncIterator[None]:
        """Take a turn, then one of ``places`` for the block; it holds none while it waits for its turn."""
        probe = False
        if site is None:
            await self._place_without_site(places, rank)
        else:
            probe = await self._turn_and_place(self._site(site), places, rank)
        try:
            yield
        finally:
            places.release()
            if site and probe:
                self._site(site).breaker.ended()

    async def _place_without_site(self, places: Turns, rank: Rank) -> None:
        while True:
            while self._held(None):
                await self._sleep(self._look_again)
            await places.acquire(rank)
            if not self._held(None):
                return
            places.release()

    async def _turn_and_place(self, state: _Site, places: Turns, rank: Rank) -> bool:
        async with state.turns.hold(rank):
            while True:
                await self._due(state)
                await places.acquire(rank)
                if self._wait(state) <= 0:
                    break
                places.release()  # the site was paused meanwhile
            return self._start(state)

    async def _due(self, state: _Site) -> None:
        while (wait := self._wait(state)) > 0:
            await self._sleep(min(wait, self._look_again))

    def _start(self, state: _Site) -> bool:
        """Note the start of a request; returns whether it is a probe."""
        state.last = self._clock()
        state.stretch = random.uniform(1.0, 1.5)
        return state.breaker.start()

    async def spaced(self, site: str) -> None:
        """Wait for the interval only, even in a pause: for a request that is to say whether the site works."""
        state = self._site(site)
        while (wait := self._turn_of(state) - self._clock()) > 0:
            await self._sleep(min(wait, self._look_again))
        state.last = self._clock()

    def pause(self, site: str, pauses: Pauses, why: str) -> float:
        """Request nothing from the site for a pause, then one video at a time until one succeeds.

        Further calls during a pause do not lengthen it. Returns the seconds left.
        """
        breaker = self._site(site).breaker
        if breaker.opens(pauses, why):
            log.warning("%s", PausedSite(site, breaker.left, why))
        return breaker.left

    def throttled(self, site: str, reason: str) -> float:
        """Pause for 15 minutes, twice as long each further time, at most an hour; see ``pause``."""
        return self.pause(site, THROTTLED, f"{site} throttles us. Its message: {reason}")

    def succeeded(self, site: str) -> None:
        """Record that a download worked: a pause ends, and the next one is short again."""
        if self._site(site).breaker.closes():
            log.info("%s works again", site)

    def works(self, site: str) -> bool:
        """Whether the site is not paused, and not being tried either."""
        return self._site(site).breaker.state is BreakerState.CLOSED

    def paused(self) -> Sequence[PausedSite]:
        """The sites that are paused or being tried now, for health pages."""
        return [
            PausedSite(name, state.breaker.left, state.breaker.why)
            for name, state in self._sites.items()
            if state.breaker.state is not BreakerState.CLOSED
        ]

    def _wait(self, state: _Site) -> float:
        held = self._look_again if self._held(state.name) else 0.0
        return max(self._turn_of(state) - self._clock(), state.breaker.wait(), held)

    def _turn_of(self, state: _Site) -> float:
        return state.last + state.stretch * self._interval / self._share

    def _site(self, site: str) -> _Site:
        found = self._sites.get(site)
        if found is None:
            found = self._sites[site] = _Site(site, Breaker(self._clock))
        return found
