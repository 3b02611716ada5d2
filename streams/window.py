"""The ordered window: work in flight, acknowledged strictly in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

E = TypeVar("E")


class OrderedWindow(Generic[E]):
    """Work in flight for one stream, acknowledged strictly in arrival order.

    ``put`` blocks while ``limit`` entries are unfinished (that is the back-pressure). Events are
    acked only after their own work *and all earlier work* has succeeded, so a crash replays at most
    ``limit`` entries and never skips one. Acking out of order is what must never happen: Faust would
    commit an offset past work that is still in flight.

    Raises:
        Whatever the oldest unfinished work raised, out of ``run``, once, with nothing after it acked.
    """

    def __init__(self, limit: int, ack: Callable[[E], Awaitable[object]]) -> None:
        self._ack = ack
        self._room = asyncio.Semaphore(limit)
        self._entries: deque[tuple[Sequence[E], asyncio.Task[None]]] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    async def put(self, events: Sequence[E], work: Coroutine[Any, Any, None]) -> None:
        """Start ``work``, whose success acks ``events``; waits while the window is full."""
        try:
            await self._room.acquire()
        except BaseException:
            work.close()
            raise
        self._entries.append((events, asyncio.create_task(work)))
        self._arrived.set()

    async def run(self) -> None:
        """Await the oldest entry, ack its events, and so on for ever; cancels the rest on failure."""
        try:
            while True:
                while not self._entries:
                    self._arrived.clear()
                    await self._arrived.wait()
                events, task = entry = self._entries[0]
                await asyncio.wait({task})  # never raises what the task raised
                if not self._entries or self._entries[0] is not entry:
                    continue  # abandoned meanwhile
                if task.cancelled():
                    raise RuntimeError("Work in flight was cancelled from outside.")
                task.result()
                for event in events:
                    await self._ack(event)
                if self._entries and self._entries[0] is entry:
                    self._entries.popleft()
                    self._room.release()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Cancel all work in flight and forget it, unacked: whoever gets its events does it again."""
        entries = list(self._entries)
        self._entries.clear()
        for _, task in entries:
            task.cancel()
            self._room.release()
