"""What came out of the stages, and how far they are: read from Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from movietag import topics
from movietag.kafka.clients import make_admin, make_consumer
from movietag.settings import Settings
from movietag.topics import TopicSpec


@dataclass(frozen=True)
class Record:
    """A message that somebody sent."""

    key: bytes
    value: bytes
    headers: dict[str, bytes]

    def tells_of(self, run: str) -> bool:
        """Whether the message belongs to a run of a case."""
        parts = (self.key, self.value, *self.headers.values())
        return any(run.encode() in part for part in parts)


class Watcher:
    """Keeps every message of all topics, from its start on."""

    def __init__(self) -> None:
        self._seen: dict[str, list[Record]] = {name: [] for name in topics.BY_NAME}

    def records(self, topic: TopicSpec, run: str) -> Iterator[Record]:
        """The messages of a topic that tell of a run, in order within a partition."""
        return (record for record in self._seen[topic.name] if record.tells_of(run))

    @asynccontextmanager
    async def running(self, settings: Settings) -> AsyncIterator[None]:
        """Watch, in the block."""
        async with make_consumer(settings, max_partition_fetch_bytes=8 << 20) as consumer:
            consumer.assign(_places(settings, topics.ALL))
            await consumer.seek_to_end()
            for place in consumer.assignment():
                await consumer.position(place)
            task = asyncio.create_task(self._watch(consumer))
            try:
                yield
            finally:
                task.cancel()

    async def _watch(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            self._seen[record.topic].append(
                Record(record.key or b"", record.value or b"", dict(record.headers))
            )


def _places(settings: Settings, specs: Sequence[TopicSpec]) -> list[TopicPartition]:
    numbers = range(settings.kafka_partitions)
    return [TopicPartition(spec.name, number) for spec in specs for number in numbers]


class Groups:
    """How far consumer groups are."""

    def __init__(
        self, settings: Settings, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer
    ) -> None:
        self._settings = settings
        self._admin = admin
        self._consumer = consumer

    @classmethod
    @asynccontextmanager
    async def asked(cls, settings: Settings) -> AsyncIterator[Groups]:
        """Connected, in the block."""
        admin = make_admin(settings)
        async with make_consumer(settings) as consumer:
            await admin.start()
            try:
                yield cls(settings, admin, consumer)
            finally:
                await admin.close()

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """How far a group is, by topic and partition."""
        offsets = await self._admin.list_consumer_group_offsets(group)
        return {(at.topic, at.partition): found.offset for at, found in offsets.items()}

    async def delete_all(self) -> None:
        """Delete every message of every topic that lets us, so that no later test finds work of ours."""
        ours = [spec for spec in topics.ALL if not spec.compacted]
        ends = await self._consumer.end_offsets(_places(self._settings, ours))
        await self._admin.delete_records(
            {at: RecordsToDelete(before_offset=end) for at, end in ends.items() if end}
        )
