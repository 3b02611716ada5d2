"""The stored bytes of a partition, including batches that no consumer can decode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CorruptRecordException, OffsetOutOfRangeError, for_code
from aiokafka.protocol.fetch import FetchRequest

from movietag.kafka.access import connection
from movietag.kafka.batches import MAGIC, header_of
from movietag.settings import Settings

HEADER_BYTES = 1 << 16  # enough for the header of a batch
UNREADABLE = (CorruptRecordException.errno, OffsetOutOfRangeError.errno)  # or deleted by now

Batch = Callable[[int], Awaitable[int | None]]  # offset -> first offset of the batch that holds it


class RawLog:
    """The stored bytes of a partition, which ends at the offset ``end``."""

    def __init__(self, client: AIOKafkaClient, tp: TopicPartition, end: int) -> None:
        self.end = end
        self._client = client
        self._tp = tp

    async def read(self, offset: int, most: int) -> bytes:
        """The bytes that Kafka returns for an offset: at least one whole batch, or none if Kafka cannot read it."""
        topic, partition = self._tp
        wanted = [(topic, [(partition, offset, most)])]
        request = FetchRequest(500, 1, most, 0, wanted, rack_id="")
        node = self._client.cluster.leader_for_partition(self._tp)
        answer = await self._client.send(node, request)
        _, error, _, *data = answer.topics[0][1][0]
        if error not in (0, *UNREADABLE):
            raise for_code(error)(f"{topic}/{partition}/{offset} cannot be fetched.")
        return b"" if error else bytes(data[-1] or b"")

    async def begins(self, offset: int, damaged: int) -> int | None:
        """The first offset of the batch that Kafka returns for an offset; None unless it is above ``damaged``."""
        header = header_of(await self.read(offset, HEADER_BYTES))
        if header is None or header.magic != MAGIC or not damaged < header.base_offset < self.end:
            return None
        return header.base_offset


@asynccontextmanager
async def raw_log(settings: Settings, tp: TopicPartition, end: int) -> AsyncIterator[RawLog]:
    """The raw log of a partition, for the block; raises KafkaError, OSError."""
    client = AIOKafkaClient(**connection(settings))
    await client.bootstrap()
    try:
        await client.set_topics([tp.topic])
        yield RawLog(client, tp, end)
    finally:
        await client.close()


async def first_behind(begins: Batch, offset: int, end: int) -> int:
    """The first offset of the first batch after ``offset`` that Kafka can return; ``end`` if it returns none.

    Kafka locates an offset by an index with an entry per 4 KB, and may not find batches behind a damaged
    header between two entries. So this probes the next offsets in growing steps, then bisects the last step.
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
