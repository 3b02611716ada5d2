"""Partitions that are paused at a batch that cannot be read, until it can be read or is skipped.

Only that partition waits: it is paused in the consumer, and everything else goes on. Every few seconds it
is seen whether the batch was skipped (``movietag.skips``), and now and then whether it can be read by now.
A skip is obeyed when all events before the batch are done and acknowledged, so the offset that is
committed behind it passes over nothing else. This works as part of the group, whatever the group is doing:
nobody else could move an offset of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from faust.types import TP

from movietag.kafka.unreadable import UnreadableBatchError

if TYPE_CHECKING:
    from movietag.streams.runtime.app import BoundedApp

LOOK_SECONDS = 3.0  # between two looks for a skip
AGAIN_SECONDS = 30.0  # between two tries to read the batch

EndOf = Callable[[UnreadableBatchError], Awaitable[int | None]]

log = logging.getLogger("movietag")


class HeldPartitions:
    """The paused partitions of this process, each with its unreadable batch.

    The consumer's own thread adds to them; each method is one step for whoever runs beside it.
    """

    def __init__(self) -> None:
        self._held: dict[TP, UnreadableBatchError] = {}
        self._said: set[tuple[TP, int]] = set()
        self._tried: dict[TP, float] = {}

    def hold(self, place: TP, batch: UnreadableBatchError) -> None:
        """Mark a partition as paused; logged once per batch."""
        self._held[place] = batch
        self._tried[place] = time.monotonic()
        if (place, batch.offset) not in self._said:
            self._said.add((place, batch.offset))
            log.error("%s", batch)

    def release(self, places: Iterable[TP]) -> None:
        """Mark these partitions as no longer paused."""
        for place in places:
            if self._held.pop(place, None):
                self._tried.pop(place, None)

    def __contains__(self, place: object) -> bool:
        return place in self._held

    def waits_for(self, place: TP) -> UnreadableBatchError | None:
        """The unreadable batch of a partition; None if it is not paused."""
        return self._held.get(place)

    @property
    def places(self) -> list[TP]:
        """The paused partitions."""
        return sorted(self._held)

    @property
    def batches(self) -> list[UnreadableBatchError]:
        """Their unreadable batches, in the order of ``places``."""
        return [batch for _, batch in sorted(self._held.items())]

    def due(self, place: TP) -> bool:
        """Whether the next attempt to read is due."""
        return time.monotonic() - self._tried.get(place, 0.0) >= AGAIN_SECONDS


async def resume_readable(app: BoundedApp, end_of: EndOf) -> None:
    """Resume paused partitions when they can be read; never returns.

    Args:
        app: whose ``held`` partitions they are.
        end_of: asked where reading goes on behind a batch; None unless it is skipped.
    """
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for place in app.held.places:
            try:
                await _look(app, end_of, place)
            except Exception as error:  # noqa: BLE001  # whatever it is, the partition waits on
                log.warning("%s/%d waits on: %r", *place, error)


async def _look(app: BoundedApp, end_of: EndOf, place: TP) -> None:
    batch = app.held.waits_for(place)
    if batch is None:
        return
    until = await end_of(batch)
    if until is not None and await _may_skip(app, place, batch):
        await _skip(app, place, batch, until)
    elif app.held.due(place):
        consumer: Any = app.consumer
        app.held.hold(place, batch)  # now it was tried
        await consumer.fetch_again([place])


async def _may_skip(app: BoundedApp, place: TP, batch: UnreadableBatchError) -> bool:
    """Commit what is done; whether nothing of the partition is in work, and it is still ours."""
    consumer: Any = app.consumer
    await consumer.commit()
    in_work = any(one.tp == place and not one.acked for one in list(consumer.unacked))
    return app.settled and not in_work and app.held.waits_for(place) is batch


async def _skip(app: BoundedApp, place: TP, batch: UnreadableBatchError, until: int) -> None:
    consumer: Any = app.consumer
    if not await consumer.commit_at(place, until):
        return  # the group is sharing its partitions out: the next owner obeys the skip
    if app.held.waits_for(place) is not batch:
        return
    await consumer.seek_wait({place: until})
    app.held.release([place])
    await consumer.fetch_again([place])
    log.warning(
        "%s, partition %d: skipped from offset %d to %d, as asked for", *place, batch.offset, until
    )
