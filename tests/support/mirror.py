"""A cluster's library in another one, as MirrorMaker copies it: the same records and groups, at new offsets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.structs import OffsetAndMetadata

from movietag import topics
from movietag.kafka.clients import admin, make_consumer, make_producer
from movietag.kafka.whole import partitions_of, read_whole
from movietag.settings import Settings


async def mirror(
    source: Settings, target: Settings, *, again: int, without: Collection[str]
) -> None:
    """Copy our topics, ledgers and committed offsets.

    Offsets begin at 0 there, without the gaps that deletion and compaction have left. A group is committed where it
    was, with the same metadata.

    Args:
        source: where the library is; no stage runs.
        target: a Kafka without topics of ours.
        again: so many of the last records of each partition come twice, as after a restart of the mirror.
        without: topics that are left out.
    """
    async with admin(source) as client:
        names = set(await client.list_topics()) - set(without)
        groups = {
            group: await client.list_consumer_group_offsets(group)
            for group, *_ in await client.list_consumer_groups()
            if group.startswith(topics.OUR_GROUPS)
        }
    ledgers = [name for name in names if name.startswith(topics.OUR_GROUPS)]
    copies = {spec.name: spec.config() for spec in topics.ALL if spec.name in names}
    copies |= {name: {"cleanup.policy": "compact"} for name in ledgers}
    async with admin(target) as client:
        await client.create_topics(
            [
                NewTopic(name, source.kafka_partitions, 1, topic_configs=_as_mirrored(config))
                for name, config in copies.items()
            ]
        )
    committed = {
        (group, at): one
        for group, offsets in groups.items()
        for at, one in offsets.items()
        if at.topic in names
    }
    behind: Counter[tuple[str, TopicPartition]] = Counter()
    async with make_consumer(source) as consumer, make_producer(target) as producer:
        for name in copies:
            for place in partitions_of(name, source.kafka_partitions):
                records = await _records(consumer, place)
                for key, one in committed.items():
                    if key[1] == place:
                        behind[key] = sum(record.offset < one.offset for record in records)
                for record in (*records, *records[len(records) - again :]):
                    await _send(producer, record)
    await _commit(target, committed, behind)


def _as_mirrored(config: dict[str, str]) -> dict[str, str]:
    """Settings of a topic as MirrorMaker copies them: messages keep their times."""
    return {name: value for name, value in config.items() if name != "message.timestamp.type"}


async def _records(consumer: AIOKafkaConsumer, place: TopicPartition) -> list[ConsumerRecord]:
    return [one async for records in read_whole(consumer, [place]) for one in records]


async def _send(producer: AIOKafkaProducer, record: ConsumerRecord) -> None:
    await producer.send_and_wait(
        record.topic,
        record.value,
        record.key,
        record.partition,
        record.timestamp,
        list(record.headers),
    )


async def _commit(
    target: Settings,
    committed: dict[tuple[str, TopicPartition], OffsetAndMetadata],
    offsets: Counter[tuple[str, TopicPartition]],
) -> None:
    for group in {group for group, _ in committed}:
        there = {
            at: OffsetAndMetadata(offsets[name, at], one.metadata)
            for (name, at), one in committed.items()
            if name == group
        }
        async with make_consumer(target, group_id=group) as consumer:
            consumer.assign(list(there))
            await consumer.commit(there)
