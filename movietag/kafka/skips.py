"""Skipped batches: the topic that lists them, read by each consumer that meets an unreadable batch.

A skip is a range of offsets of one partition. It applies only to consumers that are stuck within it, but to
those of every group and for ever: the counts of a retag and of a recount meet the same batch again. A second
message of the same skip changes nothing.
"""

from __future__ import annotations

import msgspec
from aiokafka import AIOKafkaConsumer

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.kafka.whole import partitions_of, read_whole
from movietag.records import decode


class Skip(msgspec.Struct, frozen=True):
    """A skipped batch: the offsets of its partition from ``first`` to below ``until``."""

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
        """Whether a consumer that is stuck at an offset continues after this skip."""
        here = (topic, partition) == (self.topic, self.partition)
        return here and self.first <= offset < self.until


async def read_skips(consumer: AIOKafkaConsumer, partitions: int) -> list[Skip]:
    """All skips ever sent.

    Args:
        consumer: started, without a group; it is assigned the topic's partitions.
        partitions: number of partitions of the topic.

    Raises:
        UnreadableBatchError: the topic of skips is itself damaged.
        KafkaError, OSError: Kafka is unreachable.
    """
    skips: list[Skip] = []
    async for records in read_whole(consumer, partitions_of(topics.SKIPS, partitions)):
        for record in records:
            try:
                skips.append(decode(Skip, record.value))
            except PermanentError:
                continue  # not a valid skip: it unblocks no consumer
    return skips


def end_of(skips: list[Skip], batch: UnreadableBatchError) -> int | None:
    """The offset at which reading continues after a batch; None unless it is skipped."""
    here = (batch.topic, batch.partition, batch.offset)
    return max((skip.until for skip in skips if skip.covers(*here)), default=None)
