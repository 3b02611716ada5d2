"""Offsets: where the partitions of a topic begin and end, and waiting until a group has committed them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Protocol

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from movietag.kafka.clients import kafka_errors, make_consumer
from movietag.kafka.whole import partitions_of
from movietag.settings import Settings
from movietag.topics import TopicSpec, stage_group

INDEX_GROUP = stage_group("index")
READ_UNCOMMITTED: Final = "read_uncommitted"
READ_COMMITTED: Final = "read_committed"

Offsets = Mapping[TopicPartition, int]


class Committed(Protocol):
    """What Kafka stores of a partition for a group."""

    offset: int


async def topic_offsets(settings: Settings, topic: TopicSpec) -> tuple[Offsets, Offsets]:
    """The first and the end offset of each partition of a topic; raises TransientError."""
    return await first_and_end(settings, partitions_of(topic, settings.kafka_partitions))


async def ever_written(settings: Settings, topic: str, partitions: int) -> int:
    """How many messages a topic has ever had; raises TransientError."""
    _, last = await first_and_end(settings, partitions_of(topic, partitions))
    return sum(last.values())


async def has_members(client: AIOKafkaAdminClient, group: str) -> bool:
    """Whether a consumer group has members now; raises KafkaError, OSError."""
    (response,) = await client.describe_consumer_groups([group])
    (described,) = response.to_object()["groups"]
    if described["error_code"]:
        raise for_code(described["error_code"])
    return bool(described["members"])


def of_stage(stage: str, lags: Mapping[str, int]) -> int | None:
    """The lag of a stage's consumer group: ``movietag-NAME`` or ``movietag-NAME-…``.

    The smallest of several: if counts of other vocabularies or epochs have left groups, those lag behind for
    ever.
    """
    return min(
        (lag for group, lag in lags.items() if f"{group}-".startswith(f"{stage_group(stage)}-")),
        default=None,
    )


async def first_and_end(
    settings: Settings,
    partitions: Collection[TopicPartition],
    isolation: str = READ_UNCOMMITTED,
) -> tuple[Offsets, Offsets]:
    """The first and the end offset of each partition; committed messages end where a transaction is open.

    Raises:
        TransientError: Kafka is unreachable.
    """
    with kafka_errors(settings):
        async with make_consumer(settings, isolation_level=isolation) as consumer:
            return await consumer.beginning_offsets(partitions), await consumer.end_offsets(
                partitions
            )


def start_of(
    committed: Mapping[TopicPartition, Committed], first: Offsets, at: TopicPartition
) -> int:
    """The offset at which a group reads on."""
    return max(first[at], committed[at].offset if at in committed else 0)
