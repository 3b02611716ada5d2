"""Offsets: where the partitions of a topic begin and end, and waiting until a group has committed them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from movietag.errors import TransientError
from movietag.kafka.clients import admin, kafka_errors, make_consumer
from movietag.kafka.whole import partitions_of
from movietag.settings import Settings
from movietag.topics import TopicSpec, stage_group

INDEX_GROUP = stage_group("index")
PATIENCE = 120.0  # seconds without progress after which waiting for a stage fails
POLL_SECONDS = 0.5

Offsets = Mapping[TopicPartition, int]
Report = Callable[[str, int, int], None]  # the current step, how much of it is done, of how much


class Committed(Protocol):
    """What Kafka stores of a partition for a group."""

    offset: int


async def wait_until_caught_up(
    settings: Settings, stage: str, group: str, topic: TopicSpec, report: Report
) -> None:
    """Wait until a group has committed all that a topic holds at the start of the call.

    Raises:
        TransientError: the stage made no progress for ``PATIENCE`` seconds, or Kafka is unreachable.
    """
    first, last = await topic_offsets(settings, topic)
    total = sum(last[partition] - first[partition] for partition in last)
    before, since = -1, time.monotonic()
    while True:
        async with admin(settings) as client:
            committed = await client.list_consumer_group_offsets(group)
        behind = _behind(committed, first, last)
        report(stage, total - behind, total)
        if not behind:
            return
        if behind != before:
            before, since = behind, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise TransientError(
                f"Stage {stage} (group {group}) has {behind:,} of {total:,} messages left, and made no"
                f" progress for {PATIENCE:.0f} s: see `movietag status` and the stage's log. Then repeat the"
                " command: it continues where it stopped."
            )
        await asyncio.sleep(POLL_SECONDS)


async def topic_offsets(settings: Settings, topic: TopicSpec) -> tuple[Offsets, Offsets]:
    """The first and the end offset of each partition of a topic; raises TransientError."""
    return await _first_and_end(settings, partitions_of(topic, settings.kafka_partitions))


async def ever_written(settings: Settings, topic: str, partitions: int) -> int:
    """How many messages a topic has ever had; raises TransientError."""
    _, last = await _first_and_end(settings, partitions_of(topic, partitions))
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


async def _first_and_end(
    settings: Settings, partitions: Collection[TopicPartition]
) -> tuple[Offsets, Offsets]:
    with kafka_errors(settings):
        async with make_consumer(settings) as consumer:
            return await consumer.beginning_offsets(partitions), await consumer.end_offsets(
                partitions
            )


def _behind(committed: Mapping[TopicPartition, Committed], first: Offsets, last: Offsets) -> int:
    """How many of the messages before ``last`` are not committed."""
    return sum(max(0, end - start_of(committed, first, at)) for at, end in last.items())


def start_of(
    committed: Mapping[TopicPartition, Committed], first: Offsets, at: TopicPartition
) -> int:
    """The offset at which a group reads on."""
    return max(first[at], committed[at].offset if at in committed else 0)
