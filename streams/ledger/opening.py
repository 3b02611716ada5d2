"""Checks at the start of a stage that its ledger is the one its consumer group has used."""

from __future__ import annotations

from movietag.errors import TransientError, UsageError
from movietag.kafka.clients import admin, create_topics, kafka_errors, make_producer
from movietag.kafka.lag import ever_written
from movietag.kafka.ledger_marks import WHOLE, WholeMark
from movietag.settings import Settings
from movietag.topics import LEDGER

OPENED = b"|opened"  # a row of no movie: says that the ledger was in use


async def open_ledger(settings: Settings, group: str, source: str, changelog: str) -> None:
    """Create a missing ledger and mark it as opened; a refused ledger is not created.

    Raises:
        UsageError: the changelog is missing or empty although the group has committed offsets (work would be
            done again with other results), or has another number of partitions than the source.
        TransientError: Kafka is unreachable.
    """
    with kafka_errors(settings):
        committed, partitions = await _look(settings, group, source, changelog)
        written = await ever_written(settings, changelog, partitions[changelog])
        if partitions[source] != (partitions[changelog] or settings.kafka_partitions):
            raise UsageError(
                f"Topic {changelog} has {partitions[changelog] or settings.kafka_partitions} partitions,"
                f" {source} has {partitions[source]}; they must be the same. Only `movietag topics"
                " repartition` may raise them: repeat it if it was interrupted."
            )
        if committed and not written:
            raise UsageError(
                f"The ledger {changelog} is empty although group {group} has worked ({committed}"
                f" messages of {source}). Restore the topic; the count's can be made anew instead:"
                " movietag recount."
            )
        if not written:
            await create_topics(settings, {changelog: LEDGER})
            async with make_producer(settings) as producer:
                await producer.send_and_wait(changelog, b"", key=OPENED, partition=0)
                for partition in range(partitions[changelog] or settings.kafka_partitions):
                    await producer.send_and_wait(changelog, WholeMark().value, WHOLE, partition)


async def _look(
    settings: Settings, group: str, source: str, changelog: str
) -> tuple[int, dict[str, int]]:
    """Messages of ``source`` that the group has committed; the partitions of both, 0 where there is no topic."""
    async with admin(settings) as client:
        offsets = await client.list_consumer_group_offsets(group)
        there = {source, changelog} & {source, *await client.list_topics()}
        described = await client.describe_topics(sorted(there))
    for topic in described:
        if topic["error_code"]:
            raise TransientError(f"Kafka does not tell of topic {topic['topic']} yet.")
    committed = sum(max(at.offset, 0) for place, at in offsets.items() if place.topic == source)
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    return committed, {source: 0, changelog: 0} | partitions
