"""What does not go on is told, with where it waits."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest
from support.patience import within

from movietag.errors import TransientError
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.runtime.topics import Event
from movietag.streams.runtime.window import OrderedWindow
from movietag.streams.watch import stuck
from movietag.streams.watch.stuck import (
    AGAIN_SECONDS,
    StuckDetector,
    await_chain,
    wait_points,
    watch_loop,
)


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stuck, "OURS", (*stuck.OURS, __name__))


async def ignore(_: Event) -> None: ...


async def waits_here(gate: asyncio.Event) -> None:
    await gate.wait()


async def work(gate: asyncio.Event) -> None:
    await waits_here(gate)


async def in_flight(gate: asyncio.Event, count: int) -> OrderedWindow[Event]:
    window: OrderedWindow[Event] = OrderedWindow(10, ignore, name="frames")
    for number in range(count):
        await window.put((number,), work(gate))  # type: ignore[arg-type]  # an event by its number
    await asyncio.sleep(0)
    return window


async def test_stuck_work_is_told_once_and_again_after_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    window = await in_flight(asyncio.Event(), 3)
    detector = StuckDetector("caption", Settings(stuck_seconds=60), [window], Persistence("x"))
    now = time.monotonic()
    for later, told in ((59, 0), (62, 1), (90, 1), (63 + AGAIN_SECONDS, 2)):
        detector.look(now + later)
        assert len(caplog.records) == told, later
    text = caplog.records[0].getMessage()
    assert "caption is stuck" in text
    assert "frames: 0 is in work since 62 s; 3 in flight" in text
    assert "3 at watch/test_stuck.py:" in text
    assert text.count("waits_here") == 1  # three tasks, one line
    window.abandon()


async def test_work_that_goes_on_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()
    window = await in_flight(gate, 1)
    running = asyncio.create_task(window.run())
    detector = StuckDetector("caption", Settings(stuck_seconds=60), [window], Persistence("x"))
    gate.set()
    while len(window):
        await asyncio.sleep(0)
    detector.look(time.monotonic() + 1000)
    assert not caplog.records
    running.cancel()


async def test_what_is_waited_for_is_told(caplog: pytest.LogCaptureFixture) -> None:
    persist = Persistence("caption")
    tried = asyncio.Event()

    async def away() -> None:
        tried.set()
        raise TransientError("Triton is away.")

    window: OrderedWindow[Event] = OrderedWindow(10, ignore, name="frames")
    await window.put((1,), persist(away))  # type: ignore[arg-type]
    await tried.wait()
    await asyncio.sleep(0)
    with caplog.at_level(logging.ERROR):
        StuckDetector("caption", Settings(stuck_seconds=1), [window], persist).look(
            time.monotonic() + 5
        )
    assert "waits for: Triton is away." in caplog.text
    assert "failures/retrying.py:" in caplog.text
    window.abandon()


async def test_a_task_is_told_by_its_calls_from_the_outermost_to_where_it_waits() -> None:
    task = asyncio.create_task(work(asyncio.Event()))
    await asyncio.sleep(0)
    outer, inner = await_chain(task).split(" > ")
    assert outer.endswith(" work")
    assert inner.endswith(" waits_here")
    elsewhere = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    assert await_chain(elsewhere) == ""
    assert len(wait_points([task, elsewhere])) == 1
    task.cancel()
    elsewhere.cancel()


async def test_a_loop_that_stands_still_is_told_with_its_stack(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (tmp_path / "stacks").open("w+") as file:
        watching = asyncio.create_task(watch_loop(0.3, file))
        await asyncio.sleep(0.1)
        stand_still(tmp_path / "stacks")
        async with within(10):
            while "stood still" not in caplog.text:
                await asyncio.sleep(0.01)
        watching.cancel()
    assert "stand_still" in (tmp_path / "stacks").read_text()


def stand_still(until: Path) -> None:
    """Hold the event loop until the stack is written; for 10 s at most."""
    end = time.monotonic() + 10
    while not until.read_text() and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)


async def test_a_loop_that_goes_on_is_not_told(tmp_path: Path) -> None:
    with (tmp_path / "stacks").open("w+") as file:
        watching = asyncio.create_task(watch_loop(1.0, file))
        for _ in range(150):
            await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.sleep(0)
    assert (tmp_path / "stacks").read_text() == ""
