import asyncio
import random

import pytest

from movietag.streams.runtime.window import OrderedWindow, its_turn, oldest_age


async def test_acks_are_in_order_whatever_finishes_first() -> None:
    acked: list[int] = []
    finished: list[int] = []

    async def ack(event: int) -> None:
        acked.append(event)

    async def work(number: int, gate: asyncio.Event) -> None:
        await gate.wait()
        finished.append(number)

    window: OrderedWindow[int] = OrderedWindow(10, ack)
    running = asyncio.create_task(window.run())
    gates = [asyncio.Event() for _ in range(10)]
    for number, gate in enumerate(gates):
        await window.put((number,), work(number, gate))
    order = list(range(10))
    random.Random(1).shuffle(order)
    for number in order:
        gates[number].set()
        for _ in range(30):
            await asyncio.sleep(0)
        done = set(finished)
        ready = next(n for n in range(11) if n not in done)
        assert acked == list(range(ready))
        assert window.behind == len(done) - len(acked)
    assert acked == list(range(10))
    running.cancel()


async def test_a_window_widens_when_there_is_more_to_work_with() -> None:
    gate, places = asyncio.Event(), [2]

    async def ack(_: int) -> None: ...

    async def work() -> None:
        await gate.wait()

    async def fill(count: int) -> asyncio.Task[None]:
        """Put so many, and one more, which waits."""
        for number in range(count):
            await window.put((number,), work())
        last = asyncio.create_task(window.put((count,), work()))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not last.done()
        return last

    window: OrderedWindow[int] = OrderedWindow(lambda: places[0], ack)
    first = await fill(2)
    first.cancel()
    places[0] = 5
    waiting = await fill(3)
    assert len(window) == 5
    places[0] = 1  # it does not narrow, and loses none
    gate.set()
    running = asyncio.create_task(window.run())
    await waiting
    while len(window):
        await asyncio.sleep(0)
    running.cancel()


async def test_put_waits_while_the_window_is_full() -> None:
    gate = asyncio.Event()

    async def ack(_: int) -> None: ...

    async def work() -> None:
        await gate.wait()

    window: OrderedWindow[int] = OrderedWindow(2, ack)
    running = asyncio.create_task(window.run())
    await window.put((0,), work())
    await window.put((1,), work())
    third = asyncio.create_task(window.put((2,), work()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not third.done()
    gate.set()
    await third
    running.cancel()


async def test_nothing_after_a_failure_is_acked() -> None:
    acked: list[int] = []

    async def ack(event: int) -> None:
        acked.append(event)

    async def good() -> None: ...

    async def bad() -> None:
        raise ValueError("broken")

    window: OrderedWindow[int] = OrderedWindow(5, ack)
    await window.put((0,), good())
    await window.put((1,), bad())
    await window.put((2,), good())
    with pytest.raises(ValueError, match="broken"):
        await window.run()
    assert acked == [0]


async def test_abandoned_work_is_cancelled_unacked_and_the_window_goes_on() -> None:
    acked: list[int] = []
    ended: list[int] = []

    async def ack(event: int) -> None:
        acked.append(event)

    async def work(number: int, gate: asyncio.Event) -> None:
        try:
            await gate.wait()
        finally:
            ended.append(number)

    window: OrderedWindow[int] = OrderedWindow(2, ack)
    running = asyncio.create_task(window.run())
    gate = asyncio.Event()
    await window.put((0,), work(0, gate))
    await window.put((1,), work(1, gate))
    await asyncio.sleep(0)
    window.abandon()
    gate.set()
    await window.put((2,), work(2, gate))
    await window.put((3,), work(3, gate))
    while len(window):
        await asyncio.sleep(0)
    assert (acked, sorted(ended)) == ([2, 3], [0, 1, 2, 3])
    running.cancel()


async def test_work_that_is_cancelled_from_outside_is_a_failure_not_an_end() -> None:
    async def ack(_: int) -> None: ...

    async def cancelled() -> None:
        raise asyncio.CancelledError

    window: OrderedWindow[int] = OrderedWindow(2, ack)
    await window.put((0,), cancelled())
    with pytest.raises(RuntimeError, match="cancelled"):
        await asyncio.wait_for(window.run(), 1)


async def test_work_that_waits_for_its_turn_is_not_late_and_others_are_seen_behind_it() -> None:
    acked: list[int] = []
    turn, over = asyncio.Event(), asyncio.Event()

    async def ack(number: int) -> None:
        acked.append(number)

    async def patient() -> None:
        with its_turn():
            await turn.wait()
        await over.wait()

    async def working() -> None:
        await over.wait()

    window: OrderedWindow[int] = OrderedWindow(9, ack)
    await window.put((0,), patient())
    await asyncio.sleep(0)
    assert (window.longest, oldest_age([window])) == (None, 0.0)
    await window.put((1,), asyncio.sleep(0))  # done, and acknowledged after the first
    await window.put((2,), working())
    for _ in range(5):
        await asyncio.sleep(0)
    assert window.longest is not None
    assert window.longest.events == (2,)
    waited_since = window.oldest.since if window.oldest else 0.0
    turn.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert window.oldest is not None
    assert window.oldest.since > waited_since
    over.set()
    task = asyncio.create_task(window.run())
    async with asyncio.timeout(10):
        while len(acked) < 3:
            await asyncio.sleep(0)
    task.cancel()
    assert acked == [0, 1, 2]
