"""What a committed offset is worth: it carries the id of its topic, and is none in a topic that was made again.

Faust drops every message before a committed offset. One of a topic that was deleted and made again would so cost
the first messages of the new topic, or all while there are fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.structs import OffsetAndMetadata
from faust.types import TP

from movietag.kafka.incarnations import FIRST
from movietag.streams.runtime.topics import INCARNATIONS
from movietag.topics import BY_NAME


def topic_id(topic: str) -> str:
    """The id of a topic of ours when this process started; empty if it is unknown."""
    return INCARNATIONS.get(topic, FIRST).topic_id


def with_topic_ids(offsets: Mapping[Any, OffsetAndMetadata]) -> dict[Any, OffsetAndMetadata]:
    """The offsets of partitions as they are committed: each with the id of its topic."""
    return {at: OffsetAndMetadata(one.offset, topic_id(at.topic)) for at, one in offsets.items()}


def foreign(topic: str, committed: OffsetAndMetadata, end: int) -> bool:
    """Whether a committed offset is one of another topic of that name: of another id, or behind the end."""
    known, said = topic_id(topic), str(committed.metadata)
    offset: int = committed.offset
    return offset > 0 and (bool(said and known and said != known) or offset > end)


async def foreign_partitions(consumer: Any) -> list[TP]:
    """The assigned partitions of our topics with a foreign offset, of aiokafka's consumer; raises KafkaError."""
    mine = [at for at in consumer.assignment() if at.topic in BY_NAME]
    if not mine:
        return []
    committed = await consumer._coordinator.fetch_committed_offsets(mine)
    last = await consumer.end_offsets(mine)
    return [TP(*at) for at, one in committed.items() if foreign(at.topic, one, last[at])]


def uncommitted(assigned: set[TP], committed: Mapping[TP, int | None]) -> list[TP]:
    """The partitions of our topics (not of changelogs) whose group has committed nothing."""
    return sorted(tp for tp in assigned if tp.topic in BY_NAME and not committed.get(tp))
