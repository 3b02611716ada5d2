"""Measurements taken every few seconds or on request, not per event."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import faust

from movietag.streams.ledger.ledger import Ledger
from movietag.streams.runtime.app import BoundedApp
from movietag.streams.runtime.topics import Event, short_name
from movietag.streams.runtime.window import Entry, done_behind, oldest_age
from movietag.streams.watch.metrics import (
    EVENTS,
    IN_FLIGHT,
    LEDGER_BYTES,
    LEDGER_DAMAGED,
    LEDGER_PAGES,
    OLDEST_SECONDS,
    REBALANCES,
    STEP_SECONDS,
    UNREADABLE,
    Metrics,
)
from movietag.streams.watch.pace import BusyPace

EVERY_SECONDS = 5.0
RATE_SECONDS = 10.0  # a rate is the mean over at least so long


@dataclass(frozen=True, slots=True)
class AgentTotals:
    """Totals of an agent since its process started; ``seconds`` is the time spent handling its entries."""

    events: int = 0
    entries: int = 0
    seconds: float = 0.0


class Measuring:
    """Counts acknowledged entries; measures rates periodically, and the ledger when it is asked."""

    def __init__(self, app: BoundedApp, metrics: Metrics) -> None:
        self.metrics = metrics
        self._app = app
        self._done: dict[str, AgentTotals] = {}
        self._samples: deque[tuple[float, dict[str, int]]] = deque([(time.monotonic(), {})])
        self._paces: defaultdict[str, BusyPace] = defaultdict(BusyPace)
        self._ended: dict[str, int] = {}  # events by agent, those included that are not acked
        self._held: Callable[[], bool] = lambda: False
        metrics.refresh_by(self._refresh)
        app.on_rebalance_complete.connect(self._rebalanced)  # type: ignore[arg-type]

    async def _rebalanced(self, _: faust.App, **__: Any) -> None:
        self.metrics[REBALANCES].inc()

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

    def stand_still_while(self, held: Callable[[], bool]) -> None:
        """Count no time for a pace in which nothing is done because people or settings hold the work."""
        self._held = held

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

    def paces(self) -> dict[str, float | None]:
        """Events per second of each agent while it had work, over a moving time; None: it had none yet."""
        return {agent: pace.rate for agent, pace in self._paces.items()}

    async def measure(self) -> None:
        """Take a sample every few seconds; never returns."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self._sample()

    def _sample(self) -> None:
        now = time.monotonic()
        at = self._samples[-1][0]
        done = {agent: totals.events for agent, totals in self._done.items()}
        held = self._held()
        for agent, windows in self._app.windows_by_name().items():
            # What is done behind an event that waits for its next try counts now, not when that is settled.
            ended = done.get(agent, 0) + done_behind(windows)
            more = max(0, ended - self._ended.get(agent, 0))
            self._ended[agent] = ended
            self._paces[agent].add(more, now - at, busy=any(map(len, windows)) and not held)
        self._samples.append((now, done))
        while len(self._samples) > 1 and now - self._samples[1][0] >= RATE_SECONDS:
            self._samples.popleft()

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
