"""Checks before a stage with a ledger starts: is this ledger the one its group has worked with?"""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from movietag.epoch import count_of, epochs_in
from movietag.errors import TransientError, UsageError
from movietag.kafka import make_admin, make_consumer, make_producer
from movietag.settings import Settings
from movietag.shown import shown

OPENED = b"|opened"  # a row of no movie: says that the ledger was in use


async def open_ledger(settings: Settings, group: str, source: str, changelog: str) -> None:
    """Mark a new ledger as opened; refuse one that was lost or that does not fit its source topic.

    Raises:
        UsageError: the changelog is empty although the group has committed offsets (work would be
            done again with other results), or has another number of partitions than the source; or
            a later count of the same vocabulary exists (whatever this one wrote would be refused).
        TransientError: Kafka is away.
    """
    try:
        committed, counts, names = await _look(settings, group, source, changelog)
        _refuse_outdated(group, names)
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
                f" messages of {source}). Restore the topic; the count's can be made anew instead:"
                " movietag recount."
            )
        if not written:
            async with make_producer(settings) as producer:
                await producer.send_and_wait(changelog, b"", key=OPENED, partition=0)
    except (KafkaError, OSError) as error:
        raise TransientError(
            f"Kafka at {shown(settings.kafka_address)} is away: {error!r}."
        ) from error


async def _look(
    settings: Settings, group: str, source: str, changelog: str
) -> tuple[int, dict[str, int], list[str]]:
    """Messages of ``source`` that the group has committed, partitions of both, names of all topics."""
    admin = make_admin(settings)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(group)
        described = await admin.describe_topics([source, changelog])
        names = await admin.list_topics()
    finally:
        await admin.close()
    for topic in described:
        if topic["error_code"]:
            raise TransientError(f"Kafka does not tell of topic {topic['topic']} yet.")
    committed = sum(max(at.offset, 0) for place, at in offsets.items() if place.topic == source)
    return committed, {topic["topic"]: len(topic["partitions"]) for topic in described}, names


def _refuse_outdated(group: str, names: Iterable[str]) -> None:
    """Refuse a count whose epoch is no longer the highest of its vocabulary."""
    ours = count_of(group)
    if ours is None:
        return
    vocabulary_id, epoch = ours
    latest = max(epochs_in(names, vocabulary_id), default=epoch)
    if latest > epoch:
        raise UsageError(
            f"The count of epoch {epoch} is outdated: `movietag recount` has made epoch {latest}."
            f" Set MOVIETAG_EPOCH={latest}, or MOVIETAG_HOME as it was when it was raised."
        )
