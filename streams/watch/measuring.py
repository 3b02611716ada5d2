"""Measurements taken every few seconds or on request, not per event."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faust.types import TP

from movietag.streams.ledger.ledger import Ledger
from movietag.streams.runtime.app import BoundedApp
from movietag.streams.runtime.topics import Event, short_name
from movietag.streams.runtime.window import Entry, oldest_age
from movietag.streams.watch.metrics import (
    EVENTS,
    IN_FLIGHT,
    LAG,
    LEDGER_BYTES,
    LEDGER_DAMAGED,
    LEDGER_PAGES,
    OLDEST_SECONDS,
    STEP_SECONDS,
    UNREADABLE,
    Metrics,
)
from movietag.topics import BY_NAME

EVERY_SECONDS = 5.0
RATE_SECONDS = 10.0  # a rate is the mean over at least so long

log = logging.getLogger("movietag")


@dataclass(frozen=True, slots=True)
class AgentTotals:
    """Totals of an agent since its process started; ``seconds`` is the time spent handling its entries."""

    events: int = 0
    entries: int = 0
    seconds: float = 0.0


class Measuring:
    """Counts acknowledged entries; measures lag, rates and the ledger periodically.

    ``lag`` is, for each topic of the app by its short name, how many messages of this process's
    partitions are not committed.
    """

    def __init__(self, app: BoundedApp, metrics: Metrics) -> None:
        self.metrics = metrics
        self.lag: dict[str, int] = {}
        self._app = app
        self._done: dict[str, AgentTotals] = {}
        self._samples: deque[tuple[float, dict[str, int]]] = deque([(time.monotonic(), {})])
        metrics.refresh_by(self._refresh)

    def acked_by(self, agent: str) -> Callable[[Entry[Event]], None]:
        """A callback for a window that counts each acknowledged entry for ``agent``."""
        events = self.metrics[EVENTS].labels(agent)
        handle = self.metrics[STEP_SECONDS].labels(agent, "handle")
        ack_wait = self.metrics[STEP_SECONDS].labels(agent, "ack-wait")

        def acked(entry: Entry[Event]) -> None:
            ended = entry.ended or time.monotonic()
            took = ended - entry.since
            events.inc(len(entry.events))
            handle.observe(took)
            ack_wait.observe(time.monotonic() - ended)
            so_far = self._done.get(agent, AgentTotals())
            self._done[agent] = AgentTotals(
                so_far.events + len(entry.events), so_far.entries + 1, so_far.seconds + took
            )

        return acked

    def done(self) -> dict[str, AgentTotals]:
        """The totals of each agent."""
        return dict(self._done)

    def rates(self) -> dict[str, float]:
        """Events per second of each agent, over the last seconds."""
        now = time.monotonic()
        at, before = self._samples[0]
        passed = max(now - at, 1.0)
        return {
            agent: (done.events - before.get(agent, 0)) / passed
            for agent, done in self._done.items()
        }

    async def measure(self) -> None:
        """Measure every few seconds; never returns."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self._sample()
            try:
                await self._measure_lag()
            except Exception as error:  # noqa: BLE001  # whatever it is, the stage works without
                log.debug("the lag is measured later: %r", error)

    def _sample(self) -> None:
        now = time.monotonic()
        self._samples.append((now, {agent: done.events for agent, done in self._done.items()}))
        while len(self._samples) > 1 and now - self._samples[1][0] >= RATE_SECONDS:
            self._samples.popleft()

    async def _measure_lag(self) -> None:
        """Ask the broker over the consumer's own connection; never two questions at once.

        The high water marks that come with fetched messages would not do: they stand still while a
        partition is paused, which is when the lag grows.
        """
        app = self._app
        if not app.settled:
            return
        consumer: Any = app.consumer
        mine = [tp for tp in consumer.assignment() if tp.topic in BY_NAME]
        last = await consumer.highwaters(*mine) if mine else {}
        committed: dict[TP, int | None] = {tp: consumer._committed_offset.get(tp) for tp in mine}
        # Nothing is committed behind a transaction's mark, which is no message: what is read counts there.
        in_work = {message.tp for message in list(consumer.unacked) if not message.acked}
        read = await consumer.positions([tp for tp in mine if tp not in in_work])
        unread = [tp for tp in mine if not committed[tp]]
        first = await consumer.earliest_offsets(*unread) if unread else {}
        lags = {short_name(topic): 0 for topic in app.consumed_topics()}
        for tp in mine:
            start = max(committed[tp] or first.get(tp, 0), read.get(tp, 0))
            lags[short_name(tp.topic)] += max(0, last.get(tp, start) - start)
        self.lag = lags
        for topic, messages in lags.items():
            self.metrics[LAG].labels(topic).set(messages)

    def _refresh(self) -> None:
        unreadable = self.metrics[UNREADABLE]
        unreadable.clear()
        for batch in self._app.unreadable:
            unreadable.labels(short_name(batch.topic), batch.partition).set(batch.offset)
        for name, windows in self._app.windows_by_name().items():
            self.metrics[IN_FLIGHT].labels(name).set(sum(map(len, windows)))
            self.metrics[OLDEST_SECONDS].labels(name).set(oldest_age(windows))
        ledgers = [table for table in self._app.tables.values() if isinstance(table, Ledger)]
        self.metrics[LEDGER_PAGES].set(sum(ledger.pages.rows for ledger in ledgers))
        self.metrics[LEDGER_BYTES].set(sum(ledger.pages.size for ledger in ledgers))
        self.metrics[LEDGER_DAMAGED].set(sum(len(ledger.damaged) for ledger in ledgers))
