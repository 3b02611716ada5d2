"""Whole topics: their partitions, and all messages that they hold when reading starts, or those from some offsets on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from movietag.topics import TopicSpec

POLL_MS = 2000
PATIENCE = 60.0  # seconds in which a broker gives nothing of what it has


def partitions_of(topic: TopicSpec | str, count: int) -> list[TopicPartition]:
    """The ``count`` partitions of a topic."""
    name = topic if isinstance(topic, str) else topic.name
    return [TopicPartition(name, number) for number in range(count)]


async def read_whole(
    consumer: AIOKafkaConsumer,
    partitions: Sequence[TopicPartition],
    most: int | None = None,
    starts: Mapping[TopicPartition, int] | None = None,
) -> AsyncIterator[list[ConsumerRecord]]:
    """Read partitions from their first offset, or from ``starts``, to the end that they have now.

    Args:
        consumer: started, without a group; it is assigned ``partitions``.
        partitions: what to read.
        most: records read at a time; None: as many as one fetch brings.
        starts: an offset of each partition, not before its first one.

    Yields:
        Successive records of one partition. The last list may hold some that arrived after the start.

    Raises:
        UnreadableBatchError: a batch is damaged, and not skipped.
        KafkaError, OSError: Kafka is unreachable, or gives nothing for ``PATIENCE`` seconds.
    """
    consumer.assign(list(partitions))
    first = await consumer.beginning_offsets(partitions) if starts is None else starts
    last = await consumer.end_offsets(partitions)
    for partition in partitions:
        consumer.seek(partition, first[partition])
    before, since = -1, time.monotonic()
    while True:
        positions = [await consumer.position(one) for one in partitions]
        if all(at >= last[one] for one, at in zip(partitions, positions, strict=True)):
            return
        if sum(positions) != before:  # also past what has no message
            before, since = sum(positions), time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise KafkaTimeoutError(
                f"{partitions[0].topic} gives nothing for {PATIENCE:g} s before its end"
            )
        for records in (await consumer.getmany(timeout_ms=POLL_MS, max_records=most)).values():
            yield records
