"""The ordered window: work in flight, acknowledged strictly in order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, Generic, TypeVar

E = TypeVar("E")


_OWN: ContextVar[Entry[Any] | None] = ContextVar("entry", default=None)  # of the task


class Entry(Generic[E]):
    """Events handled together; ``since`` and ``ended`` (0 until then) in seconds of ``time.monotonic``.

    ``since`` is later by the time for which the work has waited for its turn.
    """

    __slots__ = ("ended", "events", "since", "task", "turn_since")

    def __init__(self, events: Sequence[E], work: Coroutine[Any, Any, None]) -> None:
        self.events = events
        self.since = time.monotonic()
        self.ended = 0.0
        self.turn_since = 0.0  # since when it waits for its turn; 0: it does not
        own = copy_context()
        own.run(_OWN.set, self)
        self.task = asyncio.create_task(work, context=own)
        self.task.add_done_callback(self._end)

    def _end(self, _: asyncio.Task[None]) -> None:
        self.ended = time.monotonic()


@contextmanager
def its_turn() -> Iterator[None]:
    """Wait in this block for one's turn, perhaps for days: nothing is wrong, and the work is not late for it."""
    entry = _OWN.get()
    if entry is None:
        yield
        return
    entry.turn_since = time.monotonic()
    try:
        yield
    finally:
        entry.since += time.monotonic() - entry.turn_since
        entry.turn_since = 0.0


class OrderedWindow(Generic[E]):
    """Work in flight for one stream, acknowledged strictly in arrival order.

    ``put`` blocks while ``limit`` entries are unfinished (that is the back-pressure). Events are
    acked only after their own work *and all earlier work* has succeeded, so a crash replays at most
    ``limit`` entries and never skips one. Acking out of order is what must never happen: Faust would
    commit an offset past work that is still in flight.

    Args:
        limit: entries in flight at most; a function is called before each entry, and may say more than before
            (if it says less, nothing changes).
        ack: acknowledges one event.
        name: the agent's, for those who watch.
        acked: told of each entry after its events were acked.

    Raises:
        Whatever the oldest unfinished work raised, out of ``run``, once, with nothing after it acked.
    """

    def __init__(
        self,
        limit: int | Callable[[], int],
        ack: Callable[[E], Awaitable[object]],
        *,
        name: str = "",
        acked: Callable[[Entry[E]], None] | None = None,
    ) -> None:
        self.name = name
        self._ack = ack
        self._acked = acked
        self._limit = limit if callable(limit) else lambda: limit
        self._places = self._limit()
        self._room = asyncio.Semaphore(self._places)
        self._entries: deque[Entry[E]] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def oldest(self) -> Entry[E] | None:
        """The entry that is acked next."""
        return self._entries[0] if self._entries else None

    @property
    def behind(self) -> int:
        """Events that are done and not acked, since the work of an earlier one goes on."""
        return sum(len(entry.events) for entry in self._entries if entry.ended)

    @property
    def longest(self) -> Entry[E] | None:
        """The entry that has been in work for longest, of those that do not wait for their turn."""
        working = (
            entry
            for entry in self._entries
            if not entry.turn_since and (not entry.ended or entry is self._entries[0])
        )
        return min(working, key=lambda entry: entry.since, default=None)

    async def put(self, events: Sequence[E], work: Coroutine[Any, Any, None]) -> None:
        """Start ``work``, whose success acks ``events``; blocks while the window is full."""
        self._widen()
        try:
            await self._room.acquire()
        except BaseException:
            work.close()
            raise
        self._entries.append(Entry(events, work))
        self._arrived.set()

    def _widen(self) -> None:
        while self._places < self._limit():
            self._places += 1
            self._room.release()

    async def run(self) -> None:
        """Await the oldest entry, ack its events, and repeat; cancel the rest on failure."""
        try:
            while True:
                while not self._entries:
                    self._arrived.clear()
                    await self._arrived.wait()
                entry = self._entries[0]
                await asyncio.wait({entry.task})  # never raises what the task raised
                if self.oldest is not entry:
                    continue  # abandoned meanwhile
                if entry.task.cancelled():
                    raise RuntimeError("Work in flight was cancelled from outside.")
                entry.task.result()
                for event in entry.events:
                    await self._ack(event)
                if self._acked:
                    self._acked(entry)
                if self.oldest is entry:
                    self._entries.popleft()
                    self._room.release()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Cancel all work in flight without acking it: the next owner of the events repeats it."""
        entries = list(self._entries)
        self._entries.clear()
        for entry in entries:
            entry.task.cancel()
            self._room.release()


def done_behind(windows: Iterable[OrderedWindow[Any]]) -> int:
    """Events of these windows that are done and not acked, since the work of an earlier one goes on."""
    return sum(window.behind for window in windows)


def oldest_age(windows: Iterable[OrderedWindow[Any]]) -> float:
    """Seconds for which the oldest entry of these windows is in work; 0 when none is. One that waits for its turn is not."""
    taken = [entry.since for window in windows if (entry := window.longest)]
    return time.monotonic() - min(taken) if taken else 0.0
