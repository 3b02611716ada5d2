"""Checkpoints: the offsets that our consumer groups have committed, in a topic that never expires.

Kafka forgets the offsets of a group that has been away for some time, and anybody can reset them. A stage would begin
anew: titles are searched for, videos downloaded and frames captioned that have all been settled. The checkpoint of a
group tells its next worker where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Final

import msgspec
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from msgspec import Meta

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.clients import admin, kafka_errors, make_consumer
from movietag.kafka.lag import has_members
from movietag.kafka.whole import partitions_of, read_whole
from movietag.records import decode
from movietag.settings import Settings

PARTITION: Final = partitions_of(topics.OFFSETS, 1)[0]


class Checkpoint(msgspec.Struct, frozen=True):
    """An offset up to which a group has consumed a partition, and the id of the topic that it counts in."""

    offset: Annotated[int, Meta(ge=0)]
    topic_id: Annotated[str, Meta(max_length=64)] = ""

    @property
    def value(self) -> bytes:
        """It in its topic."""
        return msgspec.json.encode(self)


def checkpoint_key(group: str, partition: TopicPartition) -> bytes:
    """The key of a checkpoint."""
    return f"{group}/{partition.topic}/{partition.partition}".encode()


def forgotten(
    checkpoints: Mapping[TopicPartition, Checkpoint],
    committed: Mapping[TopicPartition, OffsetAndMetadata],
    ends: Mapping[TopicPartition, int],
    topic_ids: Mapping[str, str],
    *,
    obeys: bool,
) -> dict[TopicPartition, OffsetAndMetadata]:
    """The offsets that a group has to commit to go on where it was.

    Args:
        checkpoints: of the group.
        committed: what Kafka has of it.
        ends: of the partitions that exist.
        topic_ids: of the topics that exist: a checkpoint of a topic that was deleted is worth nothing.
        obeys: whether an offset that somebody has set back stays: what is consumed again does no harm.
    """
    found = {}
    for at, one in checkpoints.items():
        known = committed[at].offset if at in committed else -1
        obeyed = obeys and known >= 0
        exists = one.topic_id == topic_ids.get(at.topic) and one.offset <= ends.get(at, -1)
        if exists and one.offset > known and not obeyed:
            found[at] = OffsetAndMetadata(one.offset, one.topic_id)
    return found


async def read_checkpoints(settings: Settings, group: str) -> dict[TopicPartition, Checkpoint]:
    """The checkpoints of a group; raises TransientError while Kafka is unreachable."""
    found: dict[TopicPartition, Checkpoint] = {}
    with kafka_errors(settings):
        async with make_consumer(settings) as consumer:
            async for records in read_whole(consumer, [PARTITION]):
                for record in records:
                    row = _row(group, record.key, record.value)
                    found |= dict([row] if row else [])
    return found


async def restore_offsets(
    settings: Settings, group: str, topic_ids: Mapping[str, str], *, obeys: bool
) -> Collection[TopicPartition]:
    """Commit what Kafka has forgotten of a group that has no members; returns the partitions.

    Raises:
        TransientError: Kafka is unreachable, or a member has joined just now.
    """
    async with admin(settings) as client:
        if await has_members(client, group):
            return ()
        committed = await client.list_consumer_group_offsets(group)
    checkpoints = await read_checkpoints(settings, group)
    with kafka_errors(settings):
        async with make_consumer(settings, group_id=group) as consumer:
            ours = [at for at in checkpoints if at.topic in topic_ids]
            ends = await consumer.end_offsets(ours) if ours else {}
            lost = forgotten(checkpoints, committed, ends, topic_ids, obeys=obeys)
            if lost:
                consumer.assign(list(lost))
                await consumer.commit(lost)
    return sorted(lost)


def _row(
    group: str, key: bytes | None, value: bytes | None
) -> tuple[TopicPartition, Checkpoint] | None:
    """A row of this group; None for any other, and for what is none."""
    of, _, place = (key or b"").decode("utf-8", "replace").partition("/")
    topic, _, number = place.rpartition("/")
    if of != group or not number.isascii() or not number.isdigit():
        return None
    try:
        return TopicPartition(topic, int(number)), decode(Checkpoint, value)
    except PermanentError:
        return None
