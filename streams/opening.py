"""Checks before a stage with a ledger starts: is this ledger the one its group has worked with?"""

from __future__ import annotations

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from movietag.errors import TransientError, UsageError
from movietag.kafka import make_admin, make_consumer, make_producer
from movietag.settings import Settings

OPENED = b"|opened"  # a row of no movie: says that the ledger was in use


async def open_ledger(settings: Settings, group: str, source: str, changelog: str) -> None:
    """Mark a new ledger as opened; refuse one that was lost or that does not fit its source topic.

    Raises:
        UsageError: the changelog is empty although the group has committed offsets (work would be
            done again with other results), or has another number of partitions than the source.
        TransientError: Kafka is away.
    """
    try:
        committed, counts = await _look(settings, group, source, changelog)
        async with make_consumer(settings) as consumer:
            places = [TopicPartition(changelog, number) for number in range(counts[changelog])]
            written = sum((await consumer.end_offsets(places)).values())
        if counts[source] != counts[changelog]:
            raise UsageError(
                f"Topic {changelog} has {counts[changelog]} partitions, {source} has"
                f" {counts[source]}; they must be the same. Never change the partitions of a topic"
                " in use."
            )
        if committed and not written:
            raise UsageError(
                f"The ledger {changelog} is empty although group {group} has worked ({committed}"
                f" messages of {source}). Restore the topic, or start a new count with another"
                " MOVIETAG_EPOCH."
            )
        if not written:
            async with make_producer(settings) as producer:
                await producer.send_and_wait(changelog, b"", key=OPENED, partition=0)
    except (KafkaError, OSError) as error:
        raise TransientError(f"Kafka at {settings.kafka_address} is away: {error!r}.") from error


async def _look(
    settings: Settings, group: str, source: str, changelog: str
) -> tuple[int, dict[str, int]]:
    """How many messages of ``source`` the group has committed, and the partitions of both topics."""
    admin = make_admin(settings)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(group)
        described = await admin.describe_topics([source, changelog])
    finally:
        await admin.close()
    for topic in described:
        if topic["error_code"]:
            raise TransientError(f"Kafka does not tell of topic {topic['topic']} yet.")
    committed = sum(max(at.offset, 0) for place, at in offsets.items() if place.topic == source)
    return committed, {topic["topic"]: len(topic["partitions"]) for topic in described}
