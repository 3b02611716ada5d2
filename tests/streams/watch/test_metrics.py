"""The table of metrics: what it counts, and that the documentation has all of it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from movietag.settings import Settings
from movietag.streams.runtime.app import BoundedApp, make_stage_app
from movietag.streams.runtime.topics import Event
from movietag.streams.runtime.window import OrderedWindow
from movietag.streams.watch.measuring import Measuring
from movietag.streams.watch.metrics import DEAD_LETTERS, TABLE, Metric, Metrics
from movietag.webhook.delivering import WEBHOOK_METRICS

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.fixture
def app() -> BoundedApp:
    return make_stage_app("movietag-test", Settings(), 16)


def value(metrics: Metrics, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", metrics.text().decode(), re.MULTILINE)
    assert found, sample
    return float(found[1])


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_a_metric_is_documented_as_the_table_has_it(metric: Metric) -> None:  # type: ignore[type-arg]
    kind = metric.kind.__name__.lower()
    labels = ", ".join(metric.labels)
    row = f"| `{metric.name}` | {kind} | {labels} | {metric.help} |"
    assert row in OPERATIONS.read_text().splitlines(), f"docs/operations.md lacks:\n{row}"


def test_the_documentation_has_no_metric_that_is_none() -> None:
    documented = re.findall(r"^\| `(movietag_\w+)` \|", OPERATIONS.read_text(), re.MULTILINE)
    assert documented == [*(metric.name for metric in TABLE), *WEBHOOK_METRICS]


def test_every_metric_is_told_with_its_help() -> None:
    text = Metrics().text().decode()
    for metric in TABLE:
        assert f"# HELP {metric.name} {metric.help}\n" in text
    assert "process_resident_memory_bytes" in text


def test_a_label_is_counted_by_itself() -> None:
    metrics = Metrics()
    metrics[DEAD_LETTERS].labels("bad-title").inc()
    metrics[DEAD_LETTERS].labels("bad-image").inc(2)
    metrics.retried("kafka")
    assert value(metrics, 'movietag_dead_letters_total{error="bad-image"}') == 2
    assert value(metrics, 'movietag_retries_total{kind="kafka"}') == 1


def test_a_step_is_measured_whatever_its_end() -> None:
    metrics = Metrics()
    with metrics.step("frames", "triton"):
        pass
    with pytest.raises(KeyError), metrics.step("frames", "triton"):
        raise KeyError
    assert value(metrics, 'movietag_step_seconds_count{agent="frames",step="triton"}') == 2


async def test_a_rebalance_is_counted(app: BoundedApp) -> None:
    metrics = Metrics()
    Measuring(app, metrics)
    assert value(metrics, "movietag_rebalances_total") == 0
    await app.on_rebalance_complete.send()
    assert value(metrics, "movietag_rebalances_total") == 1


async def test_a_window_is_counted_as_it_acknowledges(app: BoundedApp) -> None:
    metrics = Metrics()
    measuring = Measuring(app, metrics)
    gates = [asyncio.Event(), asyncio.Event()]

    async def ack(_: Event) -> None: ...

    async def work(gate: asyncio.Event) -> None:
        await gate.wait()

    window: OrderedWindow[Event] = OrderedWindow(
        10, ack, name="frames", acked=measuring.acked_by("frames")
    )
    app.windows.append(window)
    running = asyncio.create_task(window.run())
    for gate in gates:
        await window.put((1, 2, 3), work(gate))  # type: ignore[arg-type]  # events by number
    gates[1].set()
    await asyncio.sleep(0.05)
    assert value(metrics, 'movietag_in_flight{agent="frames"}') == 2
    assert value(metrics, 'movietag_oldest_seconds{agent="frames"}') >= 0.05
    assert value(metrics, 'movietag_events_total{agent="frames"}') == 0
    gates[0].set()
    while len(window):
        await asyncio.sleep(0)
    assert value(metrics, 'movietag_in_flight{agent="frames"}') == 0
    assert value(metrics, 'movietag_oldest_seconds{agent="frames"}') == 0
    assert value(metrics, 'movietag_events_total{agent="frames"}') == 6
    handle = 'movietag_step_seconds_{}{{agent="frames",step="handle"}}'
    ack_wait = 'movietag_step_seconds_{}{{agent="frames",step="ack-wait"}}'
    assert value(metrics, handle.format("count")) == 2
    # The second was done at once and waited for the first.
    assert value(metrics, ack_wait.format("sum")) >= 0.04
    assert measuring.rates()["frames"] > 0
    running.cancel()


async def test_work_that_is_abandoned_is_not_counted(app: BoundedApp) -> None:
    metrics = Metrics()
    measuring = Measuring(app, metrics)

    async def ack(_: Event) -> None: ...

    async def work() -> None:
        await asyncio.Event().wait()

    window: OrderedWindow[Event] = OrderedWindow(
        10, ack, name="frames", acked=measuring.acked_by("frames")
    )
    running = asyncio.create_task(window.run())
    await window.put((1,), work())  # type: ignore[arg-type]
    await asyncio.sleep(0)
    window.abandon()
    await asyncio.sleep(0.01)
    assert value(metrics, 'movietag_events_total{agent="frames"}') == 0
    running.cancel()
