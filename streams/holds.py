"""Whether fetching is held: by a pause, outside the hours of the settings, or since the day's budget is spent.

What people have paused, and what all workers have spent of a day's budget, is read from Kafka every few seconds, so it
holds for every worker and over restarts. Videos that wait are not acknowledged, and the stage is ready meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError

from movietag.errors import MovietagError
from movietag.fleet.fetch_pauses import EVERYTHING, FetchPause, pause_line
from movietag.records import Record, decode, encode
from movietag.settings import Settings
from movietag.settings.hours import parse_hours

ASK_SECONDS: Final = 5.0

log = logging.getLogger("movietag")


class Spent(Record, frozen=True):
    """What one worker has fetched from sites on one day."""

    videos: int = 0
    bytes: int = 0


class SpentMemory(Protocol):
    """What workers have spent: ``movietag.streams.failures.try_counts.Notes``."""

    async def every(self) -> Mapping[str, bytes]:
        """All notes: day and worker, and what was spent.

        Raises:
            TransientError: they cannot be read.
        """
        ...

    async def note(self, key: str, value: bytes) -> None:
        """Store a note; raises KafkaError or ProducerSendError if it is not taken."""
        ...


class Holds:
    """What holds fetching, for one worker.

    Args:
        settings: hours, zone and budget.
        worker: names this process among those that spend.
        read_pauses: what people have paused, by site.
        memory: what all workers have spent.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        settings: Settings,
        worker: str,
        read_pauses: Callable[[], Awaitable[Mapping[str, FetchPause]]],
        memory: SpentMemory,
        clock: Callable[[], float],
    ) -> None:
        self._hours = parse_hours(settings.fetch_hours)
        self._zone = ZoneInfo(settings.fetch_zone) if settings.fetch_zone else None
        self._videos, self._bytes = settings.fetch_videos_a_day, settings.fetch_bytes_a_day
        self._worker = worker
        self._read_pauses = read_pauses
        self._memory = memory
        self._clock = clock
        self._pauses: Mapping[str, FetchPause] | None = None  # not read yet
        self._others = Spent()  # today
        self._own = Spent()
        self._day = ""

    def held(self, site: str | None) -> bool:
        """Whether no video may be begun; ``site``: from where, None for what is on disk, which only a pause of everything holds."""
        if self._pauses is None or EVERYTHING in self._pauses:
            return True
        if site is None:
            return False
        return site in self._pauses or bool(self._until())

    def reasons(self) -> list[str]:
        """What holds fetching now, and until when; for people."""
        paused = [pause_line(site, pause) for site, pause in (self._pauses or {}).items()]
        until = self._until()
        return [*paused, until] if until else paused

    def _until(self) -> str:
        """Why no site may be asked now though nobody has paused it, and until when; else empty."""
        now = self._now()
        if self._hours and not self._hours.include(now):
            return (
                f"Sites are asked for videos again at {_clock(self._hours.next_start(now))}: MOVIETAG_FETCH_HOURS"
                f" is {self._hours.start:%H:%M} to {self._hours.end:%H:%M}."
            )
        self._begin(now)
        videos = self._own.videos + self._others.videos
        size = self._own.bytes + self._others.bytes
        midnight = _clock((now + timedelta(days=1)).replace(hour=0, minute=0))
        if self._videos is not None and videos >= self._videos:
            return (
                f"{videos:,} videos were fetched today, as many as MOVIETAG_FETCH_VIDEOS_A_DAY allows. It goes on at"
                f" {midnight}."
            )
        if self._bytes is not None and size >= self._bytes:
            return (
                f"{size:,} bytes were fetched today, as many as MOVIETAG_FETCH_BYTES_A_DAY allows. It goes on at"
                f" {midnight}."
            )
        return ""

    def begun(self) -> None:
        """A video of a site is being fetched; it counts, whatever comes of it."""
        self._begin(self._now())
        self._own = Spent(self._own.videos + 1, self._own.bytes)

    async def spent(self, size: int) -> None:
        """Count so many bytes, and let the other workers know; one of them that cannot know now learns it later."""
        self._begin(self._now())
        self._own = Spent(self._own.videos, self._own.bytes + size)
        if self._budgeted:
            try:
                await self._memory.note(f"{self._day}/{self._worker}", encode(self._own))
            except (KafkaError, ProducerSendError) as error:
                log.info("what was fetched today is told later: %r", error)

    @property
    def _budgeted(self) -> bool:
        return self._videos is not None or self._bytes is not None

    def _begin(self, now: datetime) -> None:
        if (day := f"{now:%Y-%m-%d}") != self._day:
            self._day, self._own, self._others = day, Spent(), Spent()

    async def watch(self) -> None:
        """Read what holds, again and again; never returns."""
        while True:
            try:
                await self.look()
            except MovietagError as error:
                log.info("what is paused is asked again soon: %s", error)
            await asyncio.sleep(ASK_SECONDS)

    async def look(self) -> None:
        """Read what people have paused, and what the other workers have spent today.

        Raises:
            TransientError: Kafka is unreachable.
        """
        before = self.reasons()
        pauses = await self._read_pauses()
        notes = await self._memory.every() if self._budgeted else {}
        self._begin(self._now())
        ours = f"{self._day}/{self._worker}"
        others = [
            decode(Spent, value)
            for key, value in notes.items()
            if key.startswith(f"{self._day}/") and key != ours
        ]
        self._others = Spent(sum(one.videos for one in others), sum(one.bytes for one in others))
        self._pauses = pauses
        for reason in self.reasons():
            if reason not in before:
                log.warning("%s", reason)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC).astimezone(self._zone)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} ({at.tzname()})"
