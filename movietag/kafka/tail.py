"""A topic read for as long as somebody listens, from positions that the listener names, without a group."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from movietag.kafka.clients import kafka_errors, make_consumer
from movietag.kafka.whole import partitions_of
from movietag.settings import Settings
from movietag.topics import TopicSpec

CONNECT_SECONDS: Final = 5.0
MOST_RECORDS: Final = 100  # read at a time


class TopicTail:
    """Reads what comes into a topic.

    Attributes:
        positions: the offset of the next record of each partition.
    """

    def __init__(self, consumer: AIOKafkaConsumer, positions: Sequence[int]) -> None:
        self._consumer = consumer
        self.positions = list(positions)

    @classmethod
    async def opened(
        cls, settings: Settings, topic: TopicSpec, starts: Sequence[int] | None = None
    ) -> TopicTail:
        """Read from ``starts``, an offset for each partition, or what comes from now on; close it.

        An offset that has expired, or is beyond the end (the topic was made again), and a partition without one mean
        the first record that there is.

        Raises:
            TransientError: Kafka is unreachable, or does not have the topic.
        """
        consumer = make_consumer(settings)
        try:
            with kafka_errors(settings):
                async with asyncio.timeout(CONNECT_SECONDS):
                    await consumer.start()
                    partitions = partitions_of(topic, settings.kafka_partitions)
                    consumer.assign(partitions)
                    ends = await consumer.end_offsets(partitions)
                    firsts = await consumer.beginning_offsets(partitions)
        except BaseException:
            await consumer.stop()
            raise
        positions = [
            ends[one] if starts is None else start_within(starts, number, firsts[one], ends[one])
            for number, one in enumerate(partitions)
        ]
        for one, position in zip(partitions, positions, strict=True):
            consumer.seek(one, position)
        return cls(consumer, positions)

    async def read(self, seconds: float) -> list[ConsumerRecord]:
        """What has come, in the order of each partition; empty if nothing has within ``seconds``.

        Raises:
            KafkaError, OSError: Kafka fails; while it is unreachable, nothing comes.
        """
        found = await self._consumer.getmany(
            timeout_ms=round(seconds * 1000), max_records=MOST_RECORDS
        )
        return [record for records in found.values() for record in records]

    def passed(self, record: ConsumerRecord) -> None:
        """Note that a record is done with."""
        self.positions[record.partition] = record.offset + 1

    async def close(self) -> None:
        """Close the connection to Kafka."""
        await self._consumer.stop()


def start_within(starts: Sequence[int], number: int, first: int, end: int) -> int:
    """Where a partition is read from: as ``starts`` says, if it has that, else from its first offset."""
    wanted = starts[number] if number < len(starts) else first
    return wanted if first <= wanted <= end else first
