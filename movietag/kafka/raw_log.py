"""A partition as the bytes that Kafka has: what a consumer that decodes them cannot tell."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CorruptRecordException, OffsetOutOfRangeError, for_code
from aiokafka.protocol.fetch import FetchRequest

from movietag.kafka.batches import MAGIC, header_of
from movietag.kafka.clients import connection
from movietag.settings import Settings

HEADER_BYTES = 1 << 16  # fetched where only the header of a batch is wanted
UNREADABLE = (CorruptRecordException.errno, OffsetOutOfRangeError.errno)  # or deleted by now

Batch = Callable[[int], Awaitable[int | None]]  # where the batch that holds an offset begins


class RawLog:
    """A partition's bytes as Kafka has them; ``end`` is the offset at which it ends."""

    def __init__(self, client: AIOKafkaClient, place: TopicPartition, end: int) -> None:
        self.end = end
        self._client = client
        self._place = place

    async def read(self, offset: int, most: int) -> bytes:
        """What Kafka gives at an offset: one whole batch at least, or nothing if it cannot read it."""
        topic, partition = self._place
        wanted = [(topic, [(partition, offset, most)])]
        request = FetchRequest(500, 1, most, 0, wanted, rack_id="")
        node = self._client.cluster.leader_for_partition(self._place)
        answer = await self._client.send(node, request)
        _, error, _, *data = answer.topics[0][1][0]
        if error not in (0, *UNREADABLE):
            raise for_code(error)(f"{topic}/{partition}/{offset} cannot be fetched.")
        return b"" if error else bytes(data[-1] or b"")

    async def begins(self, offset: int, damaged: int) -> int | None:
        """Where the batch begins that Kafka gives at an offset; None unless it lies behind ``damaged``."""
        header = header_of(await self.read(offset, HEADER_BYTES))
        if header is None or header.magic != MAGIC or not damaged < header.base_offset < self.end:
            return None
        return header.base_offset


@asynccontextmanager
async def raw_log(settings: Settings, place: TopicPartition, end: int) -> AsyncIterator[RawLog]:
    """The raw log of a partition, in the block; raises KafkaError or OSError when Kafka is away."""
    client = AIOKafkaClient(**connection(settings))
    await client.bootstrap()
    try:
        await client.set_topics([place.topic])
        yield RawLog(client, place, end)
    finally:
        await client.close()


async def first_behind(begins: Batch, offset: int, end: int) -> int:
    """Where the first batch behind ``offset`` begins that Kafka gives; ``end`` if it gives none.

    Kafka finds an offset by an index of every 4 KB, and may not find what lies behind a damaged header
    within them. So the next offsets are asked for with growing steps, then those between the last two.
    """
    low, high, found, step = offset, end, end, 1
    while offset + step < end:
        at = await begins(offset + step)
        if at is not None:
            high, found = offset + step, at
            break
        low, step = offset + step, step * 2
    while high - low > 1:
        middle = (low + high) // 2
        at = await begins(middle)
        if at is None:
            low = middle
        else:
            high, found = middle, at
    return found
