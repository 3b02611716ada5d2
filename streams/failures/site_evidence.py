"""What is known of sites, together with the other workers: videos that fail, and whether one that came before still does."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError

from movietag.crawl.errors import SiteError
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.streaks import (
    NOTHING_KNOWN,
    Streak,
    Suspect,
    believable,
    failed,
    family,
    merged,
    without_good,
    worked,
)
from movietag.errors import MachineError, PermanentError, TransientError
from movietag.records import Video
from movietag.streams.failures.site_notes import SiteMemory

NOTE_MS: Final = 10 * 60 * 1000  # between two notes that a site works


class Good(Enum):
    """What became of the good video."""

    WORKS = auto()
    FAILS = auto()  # like the others
    UNKNOWN = auto()  # there is none, it is gone, or it fails in another way


@dataclass(slots=True)
class _Site:
    known: Streak = NOTHING_KNOWN
    noted_ms: int = -NOTE_MS  # of the last note that Kafka took
    tried_ms: int = 0  # the good video, and what became of it
    good: Good = Good.UNKNOWN
    trying: asyncio.Lock = field(default_factory=asyncio.Lock)


class SiteEvidence:
    """What one fetch worker knows of sites, and shares with the others.

    Args:
        limiter: spaces requests, and ends the pause of a site that works.
        memory: what all workers know.
        try_good: downloads a video and drops it.
        now_ms: milliseconds since 1970.
    """

    def __init__(
        self,
        limiter: SiteLimiter,
        memory: SiteMemory,
        try_good: Callable[[Video], Awaitable[None]],
        *,
        now_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self.now_ms = now_ms
        self._limiter = limiter
        self._memory = memory
        self._try_good = try_good
        self._sites: defaultdict[str, _Site] = defaultdict(_Site)

    async def works(self, site: str, good: Video) -> None:
        """A video was fetched: its site works."""
        self._limiter.succeeded(site)
        state, now = self._sites[site], self.now_ms()
        due = bool(state.known.suspects) or now - state.noted_ms >= NOTE_MS
        state.known = worked(now, good)
        if due:
            await self._note(site, state)

    async def failing(self, site: str, suspect: Suspect) -> Streak:
        """What all know, this failure included; it is noted where it is news.

        Raises:
            TransientError: what the others know cannot be read.
        """
        state = self._sites[site]
        noted = await self._memory.recall(site)
        now = self.now_ms()
        before = merged(believable(noted, now), believable(state.known, now))
        state.known = failed(before, suspect)
        known = {(one.video_id, one.kind) for one in before.suspects}
        if (suspect.video_id, suspect.kind) not in known:
            await self._note(site, state)
        return state.known

    async def _note(self, site: str, state: _Site) -> None:
        """Note what is known; where Kafka does not take it, this process knows it all the same."""
        try:
            await self._memory.note(site, state.known)
            state.noted_ms = self.now_ms()
        except (KafkaError, ProducerSendError):
            pass

    async def good_one(self, site: str, suspect: Suspect) -> Good:
        """Download a video again that came before, unless that was done since this failure.

        Videos that are at fault themselves may be all that is left to fetch, and would look like a broken site.
        """
        state = self._sites[site]
        async with state.trying:
            if state.known.worked_ms > suspect.at_ms:
                return Good.WORKS
            if state.tried_ms < suspect.at_ms:
                good = state.known.good
                state.good = await self._tried(site, good, suspect) if good else Good.UNKNOWN
                state.tried_ms = self.now_ms()
            return state.good

    async def _tried(self, site: str, good: Video, suspect: Suspect) -> Good:
        await self._limiter.spaced(site)
        try:
            await self._try_good(good)
        except PermanentError:  # it is gone, and proves nothing
            self._sites[site].known = without_good(self._sites[site].known)
            return Good.UNKNOWN
        except SiteError as error:
            return Good.FAILS if family(error.kind) == family(suspect.kind) else Good.UNKNOWN
        except (MachineError, TransientError, OSError):
            return Good.UNKNOWN
        await self.works(site, good)
        return Good.WORKS
