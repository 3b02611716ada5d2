"""Lag: the messages that each consumer group has not committed, and how old the oldest of them is."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from movietag.kafka.clients import admin, kafka_errors, make_consumer
from movietag.kafka.lag import Committed, Offsets, start_of
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.settings import Settings
from movietag.stages import entry, stage_of
from movietag.topics import OUR_GROUPS

MOST_MARKS = 16  # offsets at the end of a partition that may be without a message
MARKS_SECONDS = 1.0  # for looking whether they are
OLDEST_SECONDS = 2.0  # for reading the first unread messages

Topics = Mapping[str, Collection[str]]  # by consumer group


@dataclass(frozen=True)
class Unread:
    """What a consumer group has not committed: ``lag`` messages, and where it reads on in partitions with any."""

    lag: int = 0
    starts: Offsets = field(default_factory=dict)


@dataclass(frozen=True)
class GroupOffsets:
    """What consumer groups have committed, and the partitions of the topics that they read."""

    committed: Mapping[str, Mapping[TopicPartition, Committed]]
    topics: Mapping[str, Collection[str]]
    partitions: Mapping[str, Collection[TopicPartition]]


async def our_groups(client: AIOKafkaAdminClient) -> list[str]:
    """The names of our consumer groups, sorted; raises KafkaError, OSError."""
    groups = [group for group, *_ in await client.list_consumer_groups()]
    return sorted(group for group in groups if group.startswith(OUR_GROUPS))


async def group_offsets(
    client: AIOKafkaAdminClient, groups: Collection[str], assigned: Topics
) -> GroupOffsets:
    """What groups have committed; raises KafkaError, OSError.

    Args:
        client: started.
        groups: their names.
        assigned: further topics that a group reads, though it may have committed nothing of them.
    """
    found = await asyncio.gather(*map(client.list_consumer_group_offsets, groups))
    committed = dict(zip(groups, found, strict=True))
    read = {
        group: {at.topic for at in offsets} | set(assigned.get(group, ()))
        for group, offsets in committed.items()
    }
    names = sorted(set[str]().union(*read.values()))
    partitions: defaultdict[str, list[TopicPartition]] = defaultdict(list)
    for topic in await client.describe_topics(names) if names else ():
        name = topic["topic"]
        partitions[name] = [TopicPartition(name, one["partition"]) for one in topic["partitions"]]
    return GroupOffsets(committed, read, partitions)


async def unread_messages(consumer: AIOKafkaConsumer, offsets: GroupOffsets) -> dict[str, Unread]:
    """What each group that reads a topic has not committed; raises KafkaError, OSError.

    Of a topic of which a group has committed one partition, all partitions count. Offsets without a message (the
    marks of transactions, and what was aborted) do not, nor does what an open transaction holds back.

    Args:
        consumer: started, without a group, of committed messages; it is assigned partitions.
        offsets: of the groups.
    """
    every = [at for of_topic in offsets.partitions.values() for at in of_topic]
    if not every:
        return {}
    first = await consumer.beginning_offsets(every)
    last = await consumer.end_offsets(every)
    found = {}
    for group, committed in offsets.committed.items():
        if not offsets.topics[group]:
            continue
        mine = [at for topic in offsets.topics[group] for at in offsets.partitions[topic]]
        starts = {at: start_of(committed, first, at) for at in mine}
        behind = await with_messages(consumer, starts, last)
        found[group] = Unread(sum(last[at] - start for at, start in behind.items()), behind)
    return found


def committed_topics(groups: Collection[str]) -> dict[str, list[str]]:
    """The topics of which these groups commit offsets, if they are of stages."""
    stages = {group: stage for group in groups if (stage := stage_of(group))}
    return {
        group: [topic.name for topic in entry(stage).committed] for group, stage in stages.items()
    }


async def group_lags(settings: Settings) -> dict[str, int]:
    """For each consumer group of ours: how many messages it has not committed.

    A stage's topic counts whole while its group has committed nothing of it yet: its first messages are in work.

    Raises:
        TransientError: Kafka is unreachable.
    """
    async with admin(settings) as client:
        groups = await our_groups(client)
        offsets = await group_offsets(client, groups, committed_topics(groups))
    with kafka_errors(settings):
        async with make_consumer(settings, isolation_level="read_committed") as consumer:
            unread = await unread_messages(consumer, offsets)
    return {group: one.lag for group, one in unread.items()}


async def unread_age(consumer: AIOKafkaConsumer, starts: Offsets) -> float | None:
    """Seconds since the broker got the oldest of the first messages at these offsets; None if none could be read.

    Raises KafkaError, OSError. Within ``OLDEST_SECONDS`` it reads what it can.

    Args:
        consumer: as for ``unread_messages``.
        starts: an offset of each partition.
    """
    _read_on(consumer, starts)
    unknown, times = set(starts), []
    until = time.monotonic() + OLDEST_SECONDS
    while unknown and time.monotonic() < until:
        try:
            found = await consumer.getmany(*unknown, timeout_ms=200, max_records=1)
        except UnreadableBatchError as batch:
            unknown.discard(TopicPartition(batch.topic, batch.partition))
            _read_on(consumer, {at: starts[at] for at in unknown})
            continue
        times += [records[0].timestamp for records in found.values() if records]
        unknown -= found.keys()
    return max(0.0, time.time() - min(times) / 1000) if times else None


async def with_messages(
    consumer: AIOKafkaConsumer, starts: Offsets, last: Offsets
) -> dict[TopicPartition, int]:
    """The offsets of those partitions that hold a message from there on; raises KafkaError, OSError.

    Args:
        consumer: as for ``unread_messages``.
        starts: where to read on, by partition.
        last: their ends.
    """
    behind = {at: start for at, start in starts.items() if last[at] > start}
    few = {at: start for at, start in behind.items() if last[at] - start <= MOST_MARKS}
    for at in await without_messages(consumer, few, last):
        del behind[at]
    return behind


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
