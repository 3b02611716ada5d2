"""Elects one worker of a count, which makes the first pass over all facts while the others wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import TopicPartition

from movietag import topics
from movietag.kafka.clients import admin, make_consumer
from movietag.kafka.epochs import configured_epoch, count_group
from movietag.kafka.lag import has_members, topic_offsets
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.recount.backfill import has_former, in_bulk, refuse_counts_before
from movietag.vocabulary import load

A_DAY: Final = 86_400_000  # milliseconds: who leads reads nothing, however long it takes
WAIT_SECONDS: Final = 1.0  # between looks at what another worker does

log = logging.getLogger("movietag")


async def ahead(settings: Settings, persist: Persistence) -> None:
    """Return when the first pass is complete, made by this worker or by the elected one.

    To be called before this worker joins the count's group. Where others of the group consume already,
    there is nothing to do. Nothing is begun while a count of an earlier epoch runs: what it writes meanwhile,
    searches would see, and then not see any more.

    Raises:
        KafkaError, OSError, TransientError: a server is away, or a count of an earlier epoch runs.
        UsageError: the indices or the embedder do not fit.
    """
    await refuse_counts_before(settings)
    if not await left(settings):
        return
    vocabulary = load(settings.vocabulary, settings.match)
    group = count_group(vocabulary.vocabulary_id, configured_epoch(settings))
    async with candidate(settings, f"{group}-head-start") as leads:
        while partitions := await left(settings):
            if leads():
                log.info("backfill: %d partitions before this count consumes", partitions)
                await in_bulk(settings, persist)
            else:
                await asyncio.sleep(WAIT_SECONDS)


async def left(settings: Settings) -> int:
    """The number of partitions with facts for which the count's group has no committed offset; 0 once it has members.

    Raises:
        TransientError: Kafka is unreachable.
    """
    vocabulary = load(settings.vocabulary, settings.match)
    group = count_group(vocabulary.vocabulary_id, configured_epoch(settings))
    _, ends = await topic_offsets(settings, topics.CAPTIONS)
    async with admin(settings) as client:
        if await has_members(client, group):
            return 0
        committed = await client.list_consumer_group_offsets(group)
    return sum(1 for at, end in ends.items() if at not in committed and (end or has_former(at)))


@asynccontextmanager
async def candidate(settings: Settings, group: str) -> AsyncIterator[Callable[[], bool]]:
    """Take part in the election of a consumer group's leader; yields whether this worker is elected.

    Kafka gives a partition to one member of a group: whoever has the first one leads. When its process
    ends, another leads some seconds later. It saves work and is no lock: a worker that joins late may be given
    the partition while the one before is at it. What a leader does must do no harm when it is done twice.

    Raises:
        KafkaError, OSError: Kafka is away.
    """
    first = TopicPartition(topics.CAPTIONS.name, 0)
    consumer = make_consumer(settings, group_id=group, max_poll_interval_ms=A_DAY)
    consumer.subscribe([first.topic])
    async with consumer:
        yield lambda: first in consumer.assignment()
