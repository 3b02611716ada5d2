"""Waits until a stage has done all that a topic holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from movietag.errors import TransientError
from movietag.kafka.clients import admin, kafka_errors, make_consumer
from movietag.kafka.lag import READ_COMMITTED, first_and_end, start_of
from movietag.kafka.unread import with_messages
from movietag.kafka.whole import partitions_of
from movietag.settings import Settings
from movietag.topics import TopicSpec

PATIENCE = 120.0  # seconds without progress after which waiting for a stage fails
POLL_SECONDS = 0.5

Report = Callable[[str, int, int], None]  # the current step, how much of it is done, of how much


async def wait_until_caught_up(
    settings: Settings, stage: str, group: str, topic: TopicSpec, report: Report
) -> None:
    """Wait until a group has committed all messages that a topic holds at the start of the call.

    Offsets without a message (the marks of transactions, and what was aborted) do not count, as in ``group_lags``.

    Raises:
        TransientError: the stage made no progress for ``PATIENCE`` seconds, or Kafka is unreachable.
    """
    places = partitions_of(topic, settings.kafka_partitions)
    first, last = await first_and_end(settings, places, READ_COMMITTED)
    total = sum(last[partition] - first[partition] for partition in last)
    before, since = -1, time.monotonic()
    while True:
        async with admin(settings) as client:
            committed = await client.list_consumer_group_offsets(group)
        starts = {at: start_of(committed, first, at) for at in places}
        with kafka_errors(settings):
            async with make_consumer(settings, isolation_level=READ_COMMITTED) as consumer:
                unread = await with_messages(consumer, starts, last)
        behind = sum(last[at] - start for at, start in unread.items())
        report(stage, total - behind, total)
        if not behind:
            return
        if behind != before:
            before, since = behind, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise TransientError(
                f"Stage {stage} (group {group}) has {behind:,} of {total:,} messages left, and made no"
                f" progress for {PATIENCE:.0f} s: see `movietag status` and the stage's log. Then repeat the"
                " command: it continues where it stopped."
            )
        await asyncio.sleep(POLL_SECONDS)
