"""Flow control between fetch and caption: how many bytes of frames wait for captions."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import admin, make_consumer
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.settings import Settings

EVERY_SECONDS = 2.0
GO_ON = 0.9  # of the limit: a full backlog is not announced with every frame
REMEMBERED = 1000  # frames over which the mean size is taken
UNKNOWN_BYTES = 60 << 10  # of a frame, while none was seen: a 640 x 360 JPEG seldom has more

log = logging.getLogger("movietag")


class MeanSize:
    """The mean size of the newest frames; older ones count less and less."""

    def __init__(self) -> None:
        self._seen = 0
        self._mean = float(UNKNOWN_BYTES)

    @property
    def known(self) -> bool:
        """Whether a frame has been measured yet."""
        return self._seen > 0

    @property
    def mean(self) -> float:
        """Bytes."""
        return self._mean

    def see(self, size: int) -> None:
        """Add the size of a frame."""
        self._seen = min(self._seen + 1, REMEMBERED)
        self._mean += (size - self._mean) / self._seen


class Backlog:
    """Limits the bytes of frames that a consumer group has not consumed; ``room`` blocks at the limit.

    Their number is asked of the broker every two seconds and multiplied by the mean size of the
    frames that this process has sent (before the first: of the newest frames on the topic). What it
    sends between two answers is added at once. So one worker exceeds the limit by the frames that
    it is sending, and several by what the others send within two seconds.
    """

    def __init__(self, settings: Settings, consumer_group: str, limit: int) -> None:
        self._settings = settings
        self._group = consumer_group
        self._limit = limit
        self._size = MeanSize()
        self._frames = 0  # that wait, by the last answer
        self._sent = 0  # bytes since the question was asked
        self._room = asyncio.Event()
        self._room.set()

    @property
    def waiting(self) -> int:
        """Bytes of frames without captions, as last measured."""
        return round(self._frames * self._size.mean) + self._sent

    async def room(self) -> None:
        """Wait while more than the limit of bytes wait for captions."""
        await self._room.wait()

    def sent(self, size: int) -> None:
        """Add a frame that is being sent."""
        self._size.see(size)
        self._sent += size
        self._judge()

    async def watch(self) -> None:
        """Measure periodically; never returns."""
        while True:
            try:
                await self._keep_measuring()
            except TransientError as error:
                log.debug("the backlog of frames is measured later: %r", error)
            await asyncio.sleep(EVERY_SECONDS)

    async def _keep_measuring(self) -> None:
        """Measure with separate clients; raises TransientError when Kafka is unreachable."""
        async with (
            admin(self._settings) as client,
            make_consumer(self._settings, max_partition_fetch_bytes=1) as consumer,
        ):
            while True:
                await self._measure(client, consumer)
                await asyncio.sleep(EVERY_SECONDS)

    async def _measure(self, client: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        partitions = [
            TopicPartition(topics.FRAMES.name, number)
            for number in range(self._settings.kafka_partitions)
        ]
        before = self._sent
        committed = await client.list_consumer_group_offsets(self._group)
        first = await consumer.beginning_offsets(partitions)
        last = await consumer.end_offsets(partitions)
        waiting = {
            at: last[at] - max(first[at], committed[at].offset if at in committed else 0)
            for at in partitions
        }
        if not self._size.known:
            await self._look(consumer, {at: last[at] for at, count in waiting.items() if count > 0})
        self._frames = sum(waiting.values())
        self._sent -= before
        self._judge()

    async def _look(self, consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> None:
        """See the size of the newest frame of each partition; of one at least, if it comes soon."""
        if not ends:
            return
        consumer.assign(list(ends))
        for place, end in ends.items():
            consumer.seek(place, end - 1)
        with suppress(UnreadableBatchError):  # the stage that captions it names it
            for records in (await consumer.getmany(timeout_ms=5000)).values():
                for record in records:
                    self._size.see(len(record.value or b""))
        consumer.unsubscribe()

    def _judge(self) -> None:
        waiting = self.waiting
        if self._room.is_set() and waiting > self._limit:
            log.warning("fetch waits: %d MB of frames wait for captions", waiting >> 20)
            self._room.clear()
        elif not self._room.is_set() and waiting <= self._limit * GO_ON:
            log.info("fetch goes on")
            self._room.set()
