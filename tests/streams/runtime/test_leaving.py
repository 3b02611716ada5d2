"""What has not drained when partitions move is left, and nothing of it is acknowledged."""

from __future__ import annotations

import asyncio
import logging

from faust.types import TP, Message
from support.patience import within

from movietag.settings import Settings
from movietag.streams.runtime.app import make_stage_app
from movietag.streams.runtime.window import OrderedWindow

VIDEOS = TP("movietag.videos", 0)


class Consumer:
    """Of Faust's consumer what an app waits for: until nothing is unacknowledged."""

    def __init__(self, *messages: Message) -> None:
        self._unacked_messages = set(messages)

    async def wait_empty(self) -> None:
        while self._unacked_messages:
            await asyncio.sleep(0.01)


def message(offset: int) -> Message:
    return Message(*VIDEOS, offset, 0.0, 0, [], b"", b"", None, tp=VIDEOS)


async def test_what_waits_for_a_place_in_the_window_is_not_acked_over_what_was_left() -> None:
    """Its work may be quick: its offset would be committed, and with it those of the work that was left."""
    slow, quick = message(17), message(18)
    consumer = Consumer(slow, quick)
    acked: list[int] = []
    done = asyncio.Event()

    async def ack(event: Message) -> None:
        if event.ack(consumer):  # type: ignore[arg-type]
            acked.append(event.offset)

    async def long() -> None:
        await asyncio.Event().wait()

    async def short() -> None:
        done.set()

    app = make_stage_app("movietag-test", Settings(), 16)
    app.stop_seconds = 0.05
    window: OrderedWindow[Message] = OrderedWindow(1, ack)
    app.windows.append(window)  # type: ignore[arg-type]
    running = asyncio.create_task(window.run())
    await window.put((slow,), long())
    waiting = asyncio.create_task(window.put((quick,), short()))
    await asyncio.sleep(0)
    async with within(10):
        await app._consumer_wait_empty(consumer, logging.getLogger("movietag"))
        await waiting
        await done.wait()
        while len(window):
            await asyncio.sleep(0)
    assert acked == []
    running.cancel()
