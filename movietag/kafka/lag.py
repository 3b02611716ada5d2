"""Waiting until the consumer group of a stage has done all that lies in a topic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from movietag.errors import TransientError
from movietag.kafka.clients import make_admin, make_consumer
from movietag.redaction import redacted
from movietag.settings import Settings
from movietag.topics import TopicSpec

INDEX_GROUP = "movietag-index"
PATIENCE = 120.0  # seconds in which a stage must have got on
POLL_SECONDS = 0.5

Offsets = Mapping[TopicPartition, int]
Say = Callable[[str, int, int], None]  # what is done now, so much of so much


async def caught_up(settings: Settings, stage: str, group: str, topic: TopicSpec, say: Say) -> None:
    """Wait until a group has committed all that is in a topic now.

    Raises:
        TransientError: the stage has not got on for ``PATIENCE`` seconds.
        KafkaError, OSError: Kafka is away.
    """
    first, last = await bounds(settings, topic)
    total = sum(last[place] - first[place] for place in last)
    left, since = -1, time.monotonic()
    while True:
        behind = _behind(await _committed(settings, group), first, last)
        say(stage, total - behind, total)
        if not behind:
            return
        if behind != left:
            left, since = behind, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise TransientError(
                f"Stage {stage} (group {group}) has {behind:,} of {total:,} messages before it, and has"
                f" not got on for {PATIENCE:.0f} s: see `movietag status` and its log. Then repeat the"
                " command; it goes on where it stood."
            )
        await asyncio.sleep(POLL_SECONDS)


async def bounds(settings: Settings, topic: TopicSpec) -> tuple[Offsets, Offsets]:
    """Where the partitions of a topic begin and end."""
    places = [TopicPartition(topic.name, number) for number in range(settings.kafka_partitions)]
    async with make_consumer(settings) as consumer:
        return await consumer.beginning_offsets(places), await consumer.end_offsets(places)


async def has_members(admin: AIOKafkaAdminClient, group: str) -> bool:
    """Whether a consumer group has members now; raises KafkaError, OSError."""
    (answer,) = await admin.describe_consumer_groups([group])
    (found,) = answer.to_object()["groups"]
    if found["error_code"]:
        raise for_code(found["error_code"])
    return bool(found["members"])


def away(settings: Settings, error: Exception) -> TransientError:
    """What to say of an error with which Kafka's clients end."""
    return TransientError(
        f"Kafka does not answer at {redacted(settings.kafka_address)}: {error!r}. Repeat the command when it is"
        " back; it goes on where it stood."
    )


@asynccontextmanager
async def admin_of(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administration client in the block.

    Raises:
        TransientError: Kafka is away, or goes away in the block.
    """
    client = make_admin(settings)
    try:
        await client.start()
        yield client
    except (KafkaError, OSError) as error:
        raise away(settings, error) from error
    finally:
        await client.close()


async def ever_written(settings: Settings, topic: str, partitions: int) -> int:
    """How many messages a topic has ever had; raises KafkaError, OSError."""
    places = [TopicPartition(topic, number) for number in range(partitions)]
    async with make_consumer(settings) as consumer:
        return sum((await consumer.end_offsets(places)).values())


def _behind(committed: Offsets, first: Offsets, last: Offsets) -> int:
    """How many messages before ``last`` are not committed."""
    return sum(
        max(0, end - max(first[place], committed.get(place, 0))) for place, end in last.items()
    )


async def _committed(settings: Settings, group: str) -> Offsets:
    admin = make_admin(settings)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {place: at.offset for place, at in offsets.items()}
