"""Whole topics: their partitions, and all messages that they hold when reading starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from movietag.topics import TopicSpec

POLL_MS = 2000


def partitions_of(topic: TopicSpec | str, count: int) -> list[TopicPartition]:
    """The ``count`` partitions of a topic."""
    name = topic if isinstance(topic, str) else topic.name
    return [TopicPartition(name, number) for number in range(count)]


async def read_whole(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], most: int | None = None
) -> AsyncIterator[list[ConsumerRecord]]:
    """Read partitions from their first offset to the end that they have now.

    Args:
        consumer: started, without a group; it is assigned ``partitions``.
        partitions: what to read.
        most: records read at a time; None: as many as one fetch brings.

    Yields:
        Successive records of one partition. The last list may hold some that arrived after the start.

    Raises:
        UnreadableBatchError: a batch is damaged, and not skipped.
        KafkaError, OSError: Kafka is unreachable.
    """
    consumer.assign(list(partitions))
    first = await consumer.beginning_offsets(partitions)
    last = await consumer.end_offsets(partitions)
    for partition in partitions:
        consumer.seek(partition, first[partition])
    while any([await consumer.position(one) < last[one] for one in partitions]):
        for records in (await consumer.getmany(timeout_ms=POLL_MS, max_records=most)).values():
            yield records
