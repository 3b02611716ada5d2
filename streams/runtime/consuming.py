"""How an agent consumes: several events in work at once, acknowledged in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from movietag.records import MovieId
from movietag.streams.failures.settling import Handler, Of, OnLetter, Settling
from movietag.streams.runtime.locks import KeyLocks
from movietag.streams.runtime.topics import Event, Source, agent_of
from movietag.streams.runtime.window import Entry, OrderedWindow
from movietag.streams.watch.metrics import BATCH_EVENTS


@dataclass(frozen=True)
class Handling:
    """How an agent handles its events, one by one.

    Attributes:
        handle: does what an event asks for; returns when all that follows is with the broker.
        in_flight: events in work at most; a function may say more later (``OrderedWindow``).
        on_letter: settles the identity of an event that becomes a dead letter, before the letter is sent.
        movie_of: names an event's movie.
        one_at_a_time: of a key that this gives a single event of the stream is in work, from its first try to its last.
        arrived: is told of each event when it comes, however long it waits then.
    """

    handle: Handler
    in_flight: int | Callable[[], int]
    on_letter: OnLetter | None = None
    movie_of: Of | None = None
    one_at_a_time: Of | None = None
    arrived: Callable[[Event], None] | None = None


@dataclass(frozen=True)
class BatchHandling:
    """How an agent handles its events in batches, one batch after another.

    Attributes:
        handle: does what a batch asks for, and sends its own letters.
        most: events in a batch.
        within: seconds in which they are gathered.
    """

    handle: Callable[[Sequence[Event]], Awaitable[None]]
    most: int
    within: float


class Consuming:
    """Passes the events of streams to their handlers, and acknowledges them in order.

    Args:
        settling: what becomes of an event.
        windows: has the window of each stream while it is consumed.
        acked_by: gives, for an agent, what is called with each entry that is acknowledged.
        fail: called with the reason why the process must end; what is in flight stays unacknowledged.
    """

    def __init__(
        self,
        settling: Settling,
        windows: list[OrderedWindow[Event]],
        acked_by: Callable[[str], Callable[[Entry[Event]], None] | None],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._settling = settling
        self._windows = windows
        self._acked_by = acked_by
        self._fail = fail
        # Of each stream its own: a title of a list that waits for days must not hold up its movie's requests.
        self._one_at_a_time: defaultdict[str, KeyLocks] = defaultdict(KeyLocks)

    async def events(self, stream: Source, how: Handling) -> None:
        """Handle every event of a stream. Never returns while the stage runs."""
        locks = self._one_at_a_time[agent_of(stream)]

        async def settle(event: Event) -> None:
            key = how.one_at_a_time(event) if how.one_at_a_time else None
            async with locks.hold(key) if key else nullcontext():
                await self._settling.settle(event, how.handle, how.on_letter, how.movie_of)

        async with self._window(stream, how.in_flight) as window:
            async for event in stream.noack().events():
                if how.arrived:
                    how.arrived(event)
                await window.put((event,), settle(event))

    async def batches(self, stream: Source, how: BatchHandling) -> None:
        """Handle every event of a stream, in batches. Never returns while the stage runs."""
        sizes = self._settling.metrics[BATCH_EVENTS].labels(agent_of(stream))
        async with self._window(stream, 1) as window:
            async for events in stream.noack_take(how.most, within=how.within):
                sizes.observe(len(events))
                await window.put(events, self._settling.persist(partial(how.handle, events)))

    @asynccontextmanager
    async def _window(
        self, stream: Source, in_flight: int | Callable[[], int]
    ) -> AsyncIterator[OrderedWindow[Event]]:
        """A window whose acknowledging task lives as long as the block; its failure ends the process."""
        name = agent_of(stream)
        window: OrderedWindow[Event] = OrderedWindow(
            in_flight, stream.ack, name=name, acked=self._acked_by(name)
        )

        async def run() -> None:
            try:
                await window.run()
            except Exception as error:  # noqa: BLE001  # whatever it is, the process ends
                self._fail(error)

        task = asyncio.create_task(run())
        self._windows.append(window)
        try:
            yield window
        finally:
            self._windows.remove(window)
            task.cancel()


def movie_of_key(event: Event) -> MovieId | None:
    """The movie id in the key of the message; None if it cannot be read."""
    key = event.message.key
    return MovieId(key.decode("utf-8", "replace")) if key else None
