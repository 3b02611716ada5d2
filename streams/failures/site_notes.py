"""What the fetch workers know together of a site: a note in the topic of tries."""

from __future__ import annotations

import time
from typing import Protocol

import faust

from movietag.crawl.streaks import NOTHING_KNOWN, Streak, believable, merged
from movietag.errors import PermanentError
from movietag.records import decode, encode
from movietag.settings import Settings
from movietag.streams.failures.try_counts import Notes


class SiteMemory(Protocol):
    """Stores streaks beyond the process."""

    async def recall(self, site: str) -> Streak:
        """What is known of a site, by all workers.

        Raises:
            TransientError: it cannot be read.
        """
        ...

    async def note(self, site: str, streak: Streak) -> None:
        """Store what is known; returns when it is acknowledged.

        Raises:
            KafkaError, ProducerSendError: it is not taken.
        """
        ...


class SiteNotes:
    """The ``SiteMemory`` in Kafka.

    Two workers that note at the same time are merged by every reader; where compaction has left the later note only,
    a suspect may be missing until it fails again.
    """

    def __init__(self, app: faust.App, settings: Settings) -> None:
        self._notes = Notes(app, "site", settings, _both)

    async def recall(self, site: str) -> Streak:
        """See ``SiteMemory``."""
        return _streak(await self._notes.recall(site) or b"")

    async def note(self, site: str, streak: Streak) -> None:
        """See ``SiteMemory``."""
        await self._notes.note(site, encode(streak))


def _both(former: bytes, later: bytes) -> bytes:
    return encode(merged(_streak(former), _streak(later)))


def _streak(note: bytes) -> Streak:
    """The streak in a note; one that cannot be read, or lies ahead, says nothing."""
    try:
        return believable(decode(Streak, note), int(time.time() * 1000))
    except PermanentError:
        return NOTHING_KNOWN
