"""Rows of the topic ``movietag.library``: what all who work on a library compare themselves with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from movietag import topics
from movietag.kafka.clients import admin, create_topics, kafka_errors, make_consumer, make_producer
from movietag.kafka.topic_ids import NO_ID, known_topics
from movietag.kafka.whole import partitions_of, read_whole
from movietag.settings import Settings

PARTITION: Final = partitions_of(topics.LIBRARY, 1)[0]


async def read_rows(settings: Settings) -> dict[str, bytes]:
    """The newest value of each row; none where the topic does not exist yet.

    Raises:
        TransientError: Kafka is unreachable.
    """
    async with admin(settings) as client:
        if not await known_topics(client._client, [PARTITION.topic]):
            return {}
    rows: dict[str, bytes | None] = {}
    with kafka_errors(settings):
        async with make_consumer(settings) as consumer:
            async for records in read_whole(consumer, [PARTITION]):
                rows |= {(one.key or b"").decode("utf-8", "replace"): one.value for one in records}
    return {key: value for key, value in rows.items() if value}


async def write_rows(settings: Settings, rows: Mapping[str, bytes | None]) -> None:
    """Write rows, None to delete one; returns when Kafka has acknowledged them. The topic is created if missing.

    Raises:
        TransientError: Kafka is unreachable.
        UsageError: a topic has another number of partitions than the settings.
    """
    if not rows:
        return
    await create_topics(settings)
    with kafka_errors(settings):
        async with make_producer(settings) as producer:
            for key, value in rows.items():
                await producer.send_and_wait(
                    PARTITION.topic, value, key.encode(), PARTITION.partition
                )


async def library_topic_id(settings: Settings) -> str:
    """The id that the broker gave the topic, which is created if missing; ``NO_ID`` of a broker before Kafka 3.0.

    Raises like ``write_rows``.
    """
    await create_topics(settings)
    async with admin(settings) as client:
        known = await known_topics(client._client, [PARTITION.topic])
    return known[PARTITION.topic].topic_id if PARTITION.topic in known else NO_ID
