"""Health of a stage process over HTTP: liveness, readiness, metrics.

``/healthz`` is 200 while the event loop answers and the stage has not failed, ``/readyz`` while it can
work (both tell why not with 503), ``/metrics`` is for Prometheus. It is served by the stage's own event
loop: a loop that stands still does not answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from movietag.settings import Settings
from movietag.stage_state import AgentState, StageState, Unreadable, own_port
from movietag.streams.failures.settling import Settling
from movietag.streams.runtime.app import BoundedApp
from movietag.streams.runtime.window import done_behind, oldest_age
from movietag.streams.watch.broker import BrokerWatch
from movietag.streams.watch.measuring import Measuring
from movietag.streams.watch.metrics import READY

MOST_WAITS = 10  # that are reported
SERVER_AWAY = (
    15.0  # seconds without success after which a stage that waits for a server is not ready
)

log = logging.getLogger("movietag")


class Health:
    """The health of a stage process; the stage sets what only it knows.

    ``failure`` is why the process is about to end; ``prepared`` says that its preparation is done, and
    with it that the Faust app may be asked.
    """

    def __init__(
        self,
        stage: str,
        settings: Settings,
        app: BoundedApp,
        measuring: Measuring,
        settling: Settling,
        broker: BrokerWatch,
    ) -> None:
        self.failure = ""
        self.prepared = False
        self._stage = stage
        self._settings = settings
        self._app = app
        self._measuring = measuring
        self._metrics = measuring.metrics
        self._settling = settling
        self._broker = broker
        self._metrics.refresh_by(self._refresh)
        self._waits: list[Callable[[], Iterable[str]]] = []

    def waits_for(self, told: Callable[[], Iterable[str]]) -> None:
        """Report what ``told`` returns among what the stage waits for, e.g. sites that are paused."""
        self._waits.append(told)

    def waits(self) -> list[str]:
        """What the stage waits for now, each once; it may be ready all the same."""
        told = [text for one in self._waits for text in one()]
        return list(dict.fromkeys([*told, *self._settling.persist.waiting_for]))[:MOST_WAITS]

    def _refresh(self) -> None:
        self._metrics[READY].set(not self.reasons())

    def reasons(self) -> list[str]:
        """Why the stage is not ready; empty when it is."""
        if self.failure:
            return [f"It stops: {self.failure}"]
        waits = [f"It waits: {reason}" for reason in self._settling.persist.waiting_for]
        if not self.prepared:
            return ["It prepares itself.", *waits]
        app = self._app
        unreadable = [str(batch) for batch in app.unreadable]
        if unsettled := self._unsettled():
            return [unsettled, *unreadable]
        if broken := self._broker.reasons():
            return [*broken, *unreadable]
        if refused := self._settling.persist.refused:
            return [*refused, *unreadable]
        limit = self._settings.ready_seconds
        old = {name: oldest_age(found) for name, found in app.windows_by_name().items()}
        late = [
            f"{name}: the oldest work in flight is {age:.0f} s old (ready_seconds: {limit:g})."
            for name, age in old.items()
            if age > limit
        ]
        held_up = self._settling.persist.held_up_s
        if held_up > SERVER_AWAY:
            late.append(f"Nothing was done for {held_up:.0f} s.")
        return [*(late + waits if late else []), *unreadable]

    def _unsettled(self) -> str:
        """What of the consumer group or the ledger is not as it is while work goes on."""
        app = self._app
        if app.should_stop:
            return "It was told to stop."
        if app.ledger_lacks:
            return app.ledger_lacks
        if not app.joined:
            return f"It has not joined its consumer group {app.conf.id} yet."
        if app.rebalancing:
            return "The partitions are being shared out."
        if app.tables and not app.tables.actives_ready:
            return "The ledger is being read."
        return ""

    def state(self) -> StageState:
        """All of it, as ``/readyz`` answers."""
        reasons = self.reasons()
        rates, paces = self._measuring.rates(), self._measuring.paces()
        agents = {
            name: AgentState(
                in_flight=sum(map(len, windows)),
                oldest_s=round(oldest_age(windows), 1),
                rate=round(rates.get(name, 0.0), 2),
                pace=paces.get(name),
                behind=done_behind(windows),
            )
            for name, windows in self._app.windows_by_name().items()
        }
        return StageState(
            stage=self._stage,
            group=self._app.conf.id,
            pid=os.getpid(),
            ready=not reasons,
            reasons=tuple(reasons),
            waits=tuple(self.waits()),
            unreadable=tuple(
                Unreadable(batch.topic, batch.partition, batch.offset, batch.why, str(batch))
                for batch in (self._app.unreadable if self.prepared else ())
            ),
            agents=agents,
            lag=self._broker.lag,
            internal_errors=self._settling.internal_errors,
        )

    # -- HTTP

    async def _healthz(self, _: web.Request) -> web.Response:
        if self.failure:
            return web.Response(status=503, text=f"It stops: {self.failure}\n")
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        state = self.state()
        return web.Response(
            status=200 if state.ready else 503,
            body=msgspec.json.encode(state),
            content_type="application/json",
        )

    async def _metrics_text(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Serve during the block. A port in use is logged; the stage works without it."""
        site = web.Application()
        site.router.add_get("/healthz", self._healthz)
        site.router.add_get("/readyz", self._readyz)
        site.router.add_get("/metrics", self._metrics_text)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        host, port = self._settings.health_host, own_port(self._settings, self._stage)
        try:
            try:
                if port is not None:
                    await web.TCPSite(runner, host, port).start()
            except OSError as error:
                log.warning(
                    "%s: no health and no metrics: %s:%s cannot be listened on: %s.",
                    self._stage,
                    host,
                    port,
                    error,
                )
            yield
        finally:
            await runner.cleanup()

    async def serve(self) -> None:
        """Serve for as long as the stage runs."""
        async with self.served():
            await asyncio.Event().wait()
