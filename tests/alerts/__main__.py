"""``python -m alerts``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from support.commands import until
from support.harness_process import leave_nothing_behind, say_where_it_stands
from support.serve_process import serving
from support.stage_http import get

from alerts.field import PORTS, PROMETHEUS, Field
from alerts.hurried import hurried
from alerts.prometheus import Alert, Prometheus
from alerts.steps import Step, steps
from movietag.local.preflight import port_free
from movietag.streams.watch.metrics import TABLE
from movietag.web.health import WEB_METRICS
from tools.monitoring.__main__ import RULES
from tools.monitoring.panels import GRAPHS

BASE = 9_600  # apart from those of tests/conftest.py and of the other harnesses
# Alerts of what was counted within minutes: these go on firing when their cause is gone.
COUNTED = frozenset(
    f"Movietag{name}" for name in ("DeadLetters", "PagesFailing", "ServerFailing", "VideosFailing")
)
SECONDS = 120.0  # in which an alert fires, and ends
QUIET_SECONDS = 15.0  # for which nothing fires that has no cause: longer than most alerts wait


def fires(alerts: list[Alert]) -> list[Alert]:
    """Those that fire, and do not wait any more."""
    return [one for one in alerts if one.state == "firing"]


class Run:
    """One run on a stack that works; ``account`` has the seconds until each alert fired and ended."""

    def __init__(self, field: Field, prometheus: Prometheus) -> None:
        self.field, self.prometheus = field, prometheus
        self.account: dict[str, dict[str, float]] = {}
        self.failed: list[str] = []
        self.disturbed: list[Alert] = []

    async def silence(self) -> None:
        """Work is done, and nothing fires for a while.

        Raises:
            AssertionError: there is no such while.
        """
        await self.field.complete(await self.field.pictures(2))
        since = time.monotonic()

        async def calm() -> bool | None:
            nonlocal since
            if found := fires(self.prometheus.alerts()):
                since, self.disturbed = time.monotonic(), found
            return True if time.monotonic() - since > QUIET_SECONDS else None

        try:
            await until(calm, SECONDS)
        except AssertionError as error:
            raise AssertionError(f"Without a cause: {self.disturbed}") from error

    def queries(self) -> list[str]:
        """Ask each query of the dashboard, and compare what is exported with the tables; those without a series.

        Raises:
            AssertionError: a query is refused, or a metric of the tables is exported by nobody.
        """
        expected = {metric.name for metric in TABLE} | set(WEB_METRICS)
        assert expected <= self.prometheus.exported(), expected - self.prometheus.exported()
        return [graph.title for graph in GRAPHS if not self.prometheus.query(graph.query)]

    async def take(self, step: Step) -> None:
        """Bring a fault about, see its alerts fire, end it, and see those of what lasts end."""
        began = time.monotonic()
        seconds: dict[str, float] = {}
        print(step.name, file=sys.stderr)
        await step.cause()

        async def all_fire() -> bool | None:
            firing = fires(self.prometheus.alerts())
            for name, labels in step.fires.items():
                if any(one.name == name and labels.items() <= one.labels.items() for one in firing):
                    seconds.setdefault(name, round(time.monotonic() - began, 1))
            return True if len(seconds) == len(step.fires) else None

        async def over() -> bool | None:
            return None if {one.name for one in fires(self.prometheus.alerts())} - COUNTED else True

        try:
            await until(all_fire, SECONDS)
            await step.remedy()
            ended = time.monotonic()
            await until(over, SECONDS)
            seconds["ended"] = round(time.monotonic() - ended, 1)
        except AssertionError as error:
            print(f"{error}; now: {self.prometheus.alerts()}", file=sys.stderr)
            self.failed.append(step.name)
            await step.remedy()
        self.account[step.name] = seconds
        print(seconds, file=sys.stderr)


async def run() -> dict[str, object]:
    """The account of one run."""
    leave_nothing_behind()
    if taken := [BASE + at for at in PORTS if not port_free(BASE + at)]:
        sys.exit(f"Port {taken[0]} is in use: is another run still running?")
    with tempfile.TemporaryDirectory(prefix="alerts-") as name:
        folder = Path(name)
        field = Field(folder, BASE)
        starting = asyncio.create_task(asyncio.to_thread(field.stack.start))
        try:
            await asyncio.shield(starting)
            with serving(field.settings) as pages:
                get(f"{pages}/api/movies")
                targets = [*field.metrics, pages.removeprefix("http://")]
                prometheus = Prometheus(
                    folder, BASE + PROMETHEUS, targets, hurried(RULES.read_text())
                )
                try:
                    await prometheus.ready(len(targets))
                    one = Run(field, prometheus)
                    await one.silence()
                    without = one.queries()
                    for step in steps(field, pages):
                        await one.take(step)
                    return {
                        "failed": one.failed,
                        "seconds": one.account,
                        "queries": len(GRAPHS),
                        "without_series": without,
                    }
                finally:
                    prometheus.stop()
        finally:
            await asyncio.wait({starting})
            await asyncio.to_thread(field.stack.down)


def main() -> None:
    """Run, print; ends with 1 when an alert did not do as it must."""
    argparse.ArgumentParser(prog="alerts", description=__doc__).parse_args()
    say_where_it_stands()
    account = asyncio.run(run())
    print(json.dumps(account))
    sys.exit(bool(account["failed"]))


if __name__ == "__main__":
    main()
