"""Topics to which partitions were added: where the messages of a key lie, and in which order they were written.

A key's messages lie in one partition of a topic, which follows from the key and the number of partitions. When partitions
are added, some keys get another one, and what was written before stays where it is. So where partitions ended at that
moment is recorded with the topic (``movietag.kafka.incarnations``): the messages of a key are read from each partition
that it had, in that order, and a message that was written later is known by a higher offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from aiokafka.partitioner import murmur2


class Widening(msgspec.Struct, frozen=True):
    """Partitions were added to a topic.

    Attributes:
        topic_id: of the topic; one that was made again begins with all of its partitions.
        ends: the end offsets of the partitions that it had.
        partitions: how many it has had since.
    """

    topic_id: str
    ends: tuple[int, ...]
    partitions: int

    def end_of(self, partition: int) -> int:
        """Where a partition ended; 0 of one that was added."""
        return self.ends[partition] if partition < len(self.ends) else 0


def key_partition(key: bytes, partitions: int) -> int:
    """The partition of a key's messages, as Kafka's default partitioner chooses it."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def former_partitions(partition: int, widenings: Iterable[Widening]) -> list[int]:
    """The other partitions in which older messages of the keys of a partition lie, the oldest first.

    The number of partitions is always raised to a multiple.
    """
    former = dict.fromkeys(partition % len(one.ends) for one in widenings)
    return [one for one in former if one != partition]


def widenings_before(partition: int, offset: int, widenings: Sequence[Widening]) -> int:
    """How many times partitions had been added when a message was written."""
    return sum(partition >= len(one.ends) or offset >= one.ends[partition] for one in widenings)
