"""How long ago each server last answered a query of its health, as a metric. A stage works, or waits, without it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from movietag.streams.watch.metrics import ANSWER_AGE, Metrics

EVERY_SECONDS: Final = 5.0

log = logging.getLogger("movietag")


class LastAnswer:
    """When a server last answered; until it has, when the process started.

    Args:
        server: its label.
        metrics: get the age.
        clock: as ``time.monotonic``.
    """

    def __init__(
        self, server: str, metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._series = metrics[ANSWER_AGE].labels(server)
        self._clock = clock
        self._at = clock()
        metrics.refresh_by(self._refresh)

    def note(self) -> None:
        """Record that it has answered now."""
        self._at = self._clock()

    def _refresh(self) -> None:
        self._series.set(self._clock() - self._at)


class ServerWatch:
    """Queries a server's health every few seconds; never two queries at once.

    Args:
        server: its name, which is the metric's label.
        query: returns when the server has answered; what it raises means that it has not.
        metrics, clock: as for ``LastAnswer``.
    """

    def __init__(
        self,
        server: str,
        query: Callable[[], Awaitable[object]],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._query = query
        self._last = LastAnswer(server, metrics, clock)

    async def watch(self) -> None:
        """Query every few seconds; never returns."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Query once."""
        try:
            await self._query()
        except Exception as error:  # noqa: BLE001  # whatever it is, the stage works without
            log.debug("%s is queried again: %r", self._server, error)
        else:
            self._last.note()
