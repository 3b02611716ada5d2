"""Skipped batches: the topic that says which are, read by whoever meets a batch that it cannot read.

A skip is a range of offsets of one partition. It is obeyed by whoever is stuck within it and by nobody
else, for ever, and by every group: the count of a retag and of a recount meet the same batch again. Saying
it twice changes nothing.
"""

from __future__ import annotations

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.records import decode

POLL_MS = 2000


class Skip(msgspec.Struct, frozen=True):
    """A batch that is skipped: its partition's offsets from ``first`` on, below ``until``."""

    topic: str
    partition: int
    first: int
    until: int
    why: str
    at_ms: int

    @property
    def key(self) -> bytes:
        """Its key in the topic."""
        return f"{self.topic}/{self.partition}/{self.first}".encode()

    @property
    def value(self) -> bytes:
        """Its value in the topic."""
        return msgspec.json.encode(self)

    def covers(self, topic: str, partition: int, offset: int) -> bool:
        """Whether reading goes on behind it when it is stuck at an offset."""
        here = (topic, partition) == (self.topic, self.partition)
        return here and self.first <= offset < self.until


async def read_skips(consumer: AIOKafkaConsumer, partitions: int) -> list[Skip]:
    """All skips that were ever asked for.

    Args:
        consumer: started, without a group; it is assigned the topic's partitions.
        partitions: how many the topic has.

    Raises:
        UnreadableBatchError: the topic of skips itself is damaged.
        KafkaError, OSError: Kafka is away.
    """
    places = [TopicPartition(topics.SKIPS.name, number) for number in range(partitions)]
    consumer.assign(places)
    first = await consumer.beginning_offsets(places)
    last = await consumer.end_offsets(places)
    for place in places:
        consumer.seek(place, first[place])
    found: list[Skip] = []
    while any([await consumer.position(place) < last[place] for place in places]):
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                try:
                    found.append(decode(Skip, record.value))
                except PermanentError:
                    continue  # nobody's skip: whoever is stuck goes on waiting
    return found


def end_of(skips: list[Skip], batch: UnreadableBatchError) -> int | None:
    """The offset behind a batch, if it is skipped."""
    here = (batch.topic, batch.partition, batch.offset)
    return max((skip.until for skip in skips if skip.covers(*here)), default=None)
