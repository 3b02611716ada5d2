"""Offsets and lag: where the partitions of a topic begin and end, and what a group has not committed."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from movietag.errors import TransientError
from movietag.kafka.clients import admin, kafka_errors, make_consumer
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.kafka.whole import partitions_of
from movietag.settings import Settings
from movietag.topics import OUR_GROUPS, TopicSpec, stage_group

INDEX_GROUP = stage_group("index")
PATIENCE = 120.0  # seconds without progress after which waiting for a stage fails
POLL_SECONDS = 0.5
MOST_MARKS = 16  # offsets at the end of a partition that may be without a message
MARKS_SECONDS = 1.0  # for looking whether they are

Offsets = Mapping[TopicPartition, int]
Report = Callable[[str, int, int], None]  # the current step, how much of it is done, of how much


class Committed(Protocol):
    """What Kafka stores of a partition for a group."""

    offset: int


async def wait_until_caught_up(
    settings: Settings, stage: str, group: str, topic: TopicSpec, report: Report
) -> None:
    """Wait until a group has committed all that a topic holds at the start of the call.

    Raises:
        TransientError: the stage made no progress for ``PATIENCE`` seconds, or Kafka is unreachable.
    """
    first, last = await topic_offsets(settings, topic)
    total = sum(last[partition] - first[partition] for partition in last)
    before, since = -1, time.monotonic()
    while True:
        async with admin(settings) as client:
            committed = await client.list_consumer_group_offsets(group)
        behind = _behind(committed, first, last)
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


async def topic_offsets(settings: Settings, topic: TopicSpec) -> tuple[Offsets, Offsets]:
    """The first and the end offset of each partition of a topic; raises TransientError."""
    return await _first_and_end(settings, partitions_of(topic, settings.kafka_partitions))


async def ever_written(settings: Settings, topic: str, partitions: int) -> int:
    """How many messages a topic has ever had; raises TransientError."""
    _, last = await _first_and_end(settings, partitions_of(topic, partitions))
    return sum(last.values())


async def has_members(client: AIOKafkaAdminClient, group: str) -> bool:
    """Whether a consumer group has members now; raises KafkaError, OSError."""
    (response,) = await client.describe_consumer_groups([group])
    (described,) = response.to_object()["groups"]
    if described["error_code"]:
        raise for_code(described["error_code"])
    return bool(described["members"])


async def group_lags(settings: Settings) -> dict[str, int]:
    """For each consumer group of ours that has committed an offset: how many messages it has not.

    Of a topic of which a group has committed one partition, all partitions count. Offsets without a message (the
    marks of transactions, and what was aborted) do not, nor does what an open transaction holds back.

    Raises:
        TransientError: Kafka is unreachable.
    """
    async with admin(settings) as client:
        groups = [group for group, *_ in await client.list_consumer_groups()]
        ours = [group for group in groups if group.startswith(OUR_GROUPS)]
        committed = await asyncio.gather(*map(client.list_consumer_group_offsets, ours))
        offsets = dict(zip(ours, committed, strict=True))
        read = {partition.topic for committed in offsets.values() for partition in committed}
        described = await client.describe_topics(sorted(read)) if read else []
    partitions: defaultdict[str, list[TopicPartition]] = defaultdict(list)
    for topic in described:
        name = topic["topic"]
        partitions[name] = [TopicPartition(name, one["partition"]) for one in topic["partitions"]]
    every = [partition for of_topic in partitions.values() for partition in of_topic]
    if not every:
        return {}
    with kafka_errors(settings):
        async with make_consumer(settings, isolation_level="read_committed") as consumer:
            first = await consumer.beginning_offsets(every)
            last = await consumer.end_offsets(every)
            lags = {}
            for group, of_group in offsets.items():
                mine = [at for topic in {at.topic for at in of_group} for at in partitions[topic]]
                starts = {at: _start(of_group, first, at) for at in mine}
                behind = {at: last[at] - start for at, start in starts.items() if last[at] > start}
                few = {at: starts[at] for at, count in behind.items() if count <= MOST_MARKS}
                for at in await without_messages(consumer, few, last):
                    del behind[at]
                if of_group:
                    lags[group] = sum(behind.values())
    return lags


async def without_messages(
    consumer: AIOKafkaConsumer, starts: Offsets, last: Offsets
) -> list[TopicPartition]:
    """The partitions that hold no message from an offset to their end, by reading on there.

    One with a batch that cannot be read holds something.

    Args:
        consumer: started, without a group, of committed messages; it is assigned the partitions.
        starts: where to read on, by partition.
        last: their ends.
    """
    _read_on(consumer, starts)
    unknown, empty = set(starts), []
    until = time.monotonic() + MARKS_SECONDS
    while unknown and time.monotonic() < until:
        try:
            unknown -= (await consumer.getmany(timeout_ms=100)).keys()
        except UnreadableBatchError as batch:
            unknown.discard(TopicPartition(batch.topic, batch.partition))
            _read_on(consumer, {at: await consumer.position(at) for at in unknown})
            continue
        over = [at for at in unknown if await consumer.position(at) >= last[at]]
        empty += over
        unknown -= set(over)
    return empty


def _read_on(consumer: AIOKafkaConsumer, starts: Offsets) -> None:
    consumer.assign(list(starts))
    for at, start in starts.items():
        consumer.seek(at, start)


def of_stage(stage: str, lags: Mapping[str, int]) -> int | None:
    """The lag of a stage's consumer group: ``movietag-NAME`` or ``movietag-NAME-…``.

    The smallest of several: if counts of other vocabularies or epochs have left groups, those lag behind for
    ever.
    """
    return min(
        (lag for group, lag in lags.items() if f"{group}-".startswith(f"{stage_group(stage)}-")),
        default=None,
    )


async def _first_and_end(
    settings: Settings, partitions: Collection[TopicPartition]
) -> tuple[Offsets, Offsets]:
    with kafka_errors(settings):
        async with make_consumer(settings) as consumer:
            return await consumer.beginning_offsets(partitions), await consumer.end_offsets(
                partitions
            )


def _behind(committed: Mapping[TopicPartition, Committed], first: Offsets, last: Offsets) -> int:
    """How many of the messages before ``last`` are not committed."""
    return sum(max(0, end - _start(committed, first, at)) for at, end in last.items())


def _start(
    committed: Mapping[TopicPartition, Committed], first: Offsets, at: TopicPartition
) -> int:
    """The offset at which a group reads on."""
    return max(first[at], committed[at].offset if at in committed else 0)
