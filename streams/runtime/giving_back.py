"""A worker whose server is away gives its partitions back, where others of its group can work, and comes back.

Giving back is starting anew: the process is replaced by the same program, which joins the group only when the server
answers. What was in work is unacknowledged, so the next owners do it again, as after a crash. While all workers are in
the same plight none leaves: one would only move the work about.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import NoReturn, Protocol

import psutil

from movietag.kafka.clients import make_consumer
from movietag.kafka.members import ConsumerGroup
from movietag.kafka.workers import FRESH_SECONDS, WorkerName, WorkerReport, read_workers
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.watch.measuring import Measuring

LOOK_SECONDS = 5.0
READ_SECONDS = 10.0  # for the others' reports
TIMES = "MOVIETAG_GAVE_BACK"  # in the environment of a process that gave back: how often in a row

Reports = Callable[[], Awaitable[Mapping[str, WorkerReport]]]

log = logging.getLogger("movietag")


class Described(Protocol):
    """Knows the consumer group: ``movietag.streams.watch.broker``."""

    @property
    def group(self) -> ConsumerGroup | None:
        """The group, as the broker last described it."""


class GivingBack:
    """Gives the partitions back when work has waited for a server for ``seconds`` and another worker is ready.

    Args:
        client_id: of this worker.
        persist: knows for how long nothing has succeeded.
        broker: knows who else is a member.
        reports: reads what the workers report.
        leave: replaces this process; gets the number of times in a row.
        worked: whether this process has done any work.
        seconds: the bound; 0: never.
        times: how often in a row the processes before this one gave back.
    """

    def __init__(
        self,
        client_id: str,
        persist: Persistence,
        broker: Described,
        reports: Reports,
        leave: Callable[[int], object],
        worked: Callable[[], bool],
        seconds: float,
        times: int = 0,
    ) -> None:
        self._client_id = client_id
        self._persist = persist
        self._broker = broker
        self._reports = reports
        self._leave = leave
        self._worked = worked
        self._seconds = seconds
        self._times = times

    @classmethod
    def of_stage(
        cls,
        me: WorkerName,
        settings: Settings,
        persist: Persistence,
        broker: Described,
        measuring: Measuring,
    ) -> GivingBack:
        """The one of a stage's process."""
        return cls(
            me.client_id,
            persist,
            broker,
            partial(reports_of, settings),
            start_outside,
            worked=lambda: any(total.events for total in measuring.done().values()),
            seconds=settings.give_back_seconds,
            times=times_given_back(),
        )

    async def watch(self) -> None:
        """Look every few seconds; never returns."""
        while self._seconds:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Give back if it is time."""
        waited = self._persist.held_up_s
        if waited <= self._seconds:
            return
        try:
            async with asyncio.timeout(READ_SECONDS):
                able = ready_others(self._client_id, self._broker.group, await self._reports())
        except Exception as error:  # noqa: BLE001  # Kafka is away, too: nobody can work
            log.debug("the other workers' reports cannot be read: %r", error)
            return
        if not able:
            return
        log.warning(
            "its partitions are given back: nothing was done for %.0f s (%s), and %d other workers are ready",
            waited,
            " ".join(self._persist.waiting_for),
            able,
        )
        self.leave()

    def leave(self) -> None:
        """Replace this process by one outside the group."""
        self._leave(1 if self._worked() else self._times + 1)


def ready_others(
    client_id: str, group: ConsumerGroup | None, reports: Mapping[str, WorkerReport]
) -> int:
    """How many other members of the group have lately reported that they are ready."""
    if group is None or not group.settled or not reports:
        return 0
    now = max(report.at_ms for report in reports.values())  # the broker's clock, as theirs
    others = [reports.get(member.client_id) for member in group.members]
    return sum(
        one.ready and now - one.at_ms <= FRESH_SECONDS * 1000
        for one in others
        if one and one.client_id != client_id
    )


def times_given_back() -> int:
    """How often in a row the processes before this one gave their partitions back."""
    text = os.environ.get(TIMES, "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def start_outside(times: int) -> NoReturn:
    """Replace this process by the same program, which stays outside its group at first; its children are killed."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.kill()
    logging.shutdown()
    command = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, command, os.environ | {TIMES: str(times)})  # noqa: S606  # without a shell, as wanted


async def reports_of(settings: Settings) -> Mapping[str, WorkerReport]:
    """What the workers report; raises KafkaError, OSError, UnreadableBatchError."""
    async with make_consumer(settings) as consumer:
        return await read_workers(consumer)
