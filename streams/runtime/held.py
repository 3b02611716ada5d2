"""Partitions that are paused at a batch that cannot be read, until it can be read or is skipped.

Only that partition waits: it is paused in the consumer, and everything else continues. Every few seconds a check
looks whether the batch was skipped (``movietag.skips``), and every half minute whether it can be read by now.
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

    def hold(self, tp: TP, batch: UnreadableBatchError) -> None:
        """Mark a partition as paused; logged once per batch."""
        self._held[tp] = batch
        self._tried[tp] = time.monotonic()
        if (tp, batch.offset) not in self._said:
            self._said.add((tp, batch.offset))
            log.error("%s", batch)

    def release(self, partitions: Iterable[TP]) -> None:
        """Mark these partitions as no longer paused."""
        for tp in partitions:
            if self._held.pop(tp, None):
                self._tried.pop(tp, None)

    def __contains__(self, tp: object) -> bool:
        return tp in self._held

    def waits_for(self, tp: TP) -> UnreadableBatchError | None:
        """The unreadable batch of a partition; None if it is not paused."""
        return self._held.get(tp)

    @property
    def partitions(self) -> list[TP]:
        """The paused partitions."""
        return sorted(self._held)

    @property
    def batches(self) -> list[UnreadableBatchError]:
        """Their unreadable batches, in the order of ``partitions``."""
        return [batch for _, batch in sorted(self._held.items())]

    def due(self, tp: TP) -> bool:
        """Whether the next attempt to read is due."""
        return time.monotonic() - self._tried.get(tp, 0.0) >= AGAIN_SECONDS


async def resume_readable(app: BoundedApp, end_of: EndOf) -> None:
    """Resume paused partitions when they can be read; never returns.

    Args:
        app: whose ``held`` partitions they are.
        end_of: returns the offset at which reading continues behind a batch; None unless it is skipped.
    """
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for tp in app.held.partitions:
            try:
                await _look(app, end_of, tp)
            except Exception as error:  # noqa: BLE001  # whatever it is, the partition waits on
                log.warning("%s/%d waits on: %r", *tp, error)


async def _look(app: BoundedApp, end_of: EndOf, tp: TP) -> None:
    batch = app.held.waits_for(tp)
    if batch is None:
        return
    until = await end_of(batch)
    if until is not None and await _may_skip(app, tp, batch):
        await _skip(app, tp, batch, until)
    elif app.held.due(tp):
        consumer: Any = app.consumer
        app.held.hold(tp, batch)  # now it was tried
        await consumer.fetch_again([tp])


async def _may_skip(app: BoundedApp, tp: TP, batch: UnreadableBatchError) -> bool:
    """Commit what is done; whether nothing of the partition is in work, and it is still ours."""
    consumer: Any = app.consumer
    await consumer.commit()
    in_work = any(one.tp == tp and not one.acked for one in list(consumer.unacked))
    return app.settled and not in_work and app.held.waits_for(tp) is batch


async def _skip(app: BoundedApp, tp: TP, batch: UnreadableBatchError, until: int) -> None:
    consumer: Any = app.consumer
    if not await consumer.commit_at(tp, until):
        return  # the group is sharing its partitions out: the next owner obeys the skip
    if app.held.waits_for(tp) is not batch:
        return
    await consumer.seek_wait({tp: until})
    app.held.release([tp])
    await consumer.fetch_again([tp])
    log.warning(
        "%s, partition %d: skipped from offset %d to %d, as asked for", *tp, batch.offset, until
    )
