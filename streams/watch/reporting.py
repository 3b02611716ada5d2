"""Reports of this worker to the others, by the topic of workers: whether it is ready, and if not, why."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping

from movietag.errors import shortened
from movietag.kafka.clients import make_producer
from movietag.kafka.workers import EVERY_SECONDS, MOST_REASONS, WorkerName, WorkerReport
from movietag.settings import Settings
from movietag.streams.watch.health import Health
from movietag.topics import WORKERS

LOOK_SECONDS = 1.0
SEND_SECONDS = 10.0
CHANGE_SECONDS = 5.0  # at least, before other reasons are reported
BEHIND_CHANGE = 10  # messages more or fewer behind, which are reported at once
_NUMBER = re.compile(r"\d+")

Send = Callable[
    [bytes, bytes], Awaitable[None]
]  # a key and a value; returns when the broker has them

log = logging.getLogger("movietag")


async def report_once(settings: Settings, key: bytes, value: bytes) -> None:
    """Send a report by a producer of its own, before the stage has one; raises KafkaError, OSError."""
    async with make_producer(settings) as producer:
        await producer.send_and_wait(WORKERS.name, value, key)


class WorkerReporter:
    """Reports when the worker becomes ready or stops being it, when the reasons are others, and every ``EVERY_SECONDS``.

    Args:
        stage: its stage.
        group: its consumer group.
        name: who it is.
        health: knows whether it is ready.
        settings: those that the others compare with theirs.
        clock: seconds since 1970.

    Attributes:
        behind: see ``WorkerReport``; of stages that others go by in this.
    """

    def __init__(
        self,
        stage: str,
        group: str,
        name: WorkerName,
        health: Health,
        settings: Mapping[str, str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stage, self._group, self._client_id = stage, group, name.client_id
        self._health = health
        self._settings = dict(settings)
        self._clock = clock
        self.behind: Callable[[], int] = lambda: 0
        self._sent_at, self._sent_ready, self._sent_text, self._sent_behind = 0.0, False, "", 0
        self._was_ready = False
        self._last: tuple[str, ...] = ()
        self._last_ms: int | None = None

    async def repeat(self, send: Send) -> None:
        """Report by ``send``; never returns."""
        while True:
            await self.look(send)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, send: Send) -> None:
        """Report if it is time; what cannot be sent is left out."""
        now = self._clock()
        reasons = tuple(map(shortened, self._health.reasons()))[:MOST_REASONS]
        if reasons:
            if self._was_ready:  # the reasons of a start are no news
                self._last, self._last_ms = reasons, int(now * 1000)
        else:
            self._was_ready = True
        ready = not reasons
        text = _NUMBER.sub("#", " ".join(reasons))  # seconds go up without anything new
        age = now - self._sent_at
        behind = self.behind()
        news = ready is not self._sent_ready or (text != self._sent_text and age >= CHANGE_SECONDS)
        moved = abs(behind - self._sent_behind) >= BEHIND_CHANGE
        if not (news or moved) and age < EVERY_SECONDS:
            return
        report = WorkerReport(
            stage=self._stage,
            group=self._group,
            client_id=self._client_id,
            ready=ready,
            reasons=reasons,
            waits=tuple(map(shortened, self._health.waits())),
            last=self._last,
            last_ms=self._last_ms,
            at_ms=int(now * 1000),
            settings=self._settings,
            behind=behind,
        )
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await send(report.key, report.value)
        except Exception as error:  # noqa: BLE001  # whatever it is, the stage works without
            log.debug("the worker's report is left out: %r", error)
            return
        self._sent_at, self._sent_ready, self._sent_text = now, ready, text
        self._sent_behind = behind
