"""Flow control between fetch and caption: how many bytes of frames wait for captions."""

from __future__ import annotations

import asyncio
import logging

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.kafka import make_admin, make_consumer
from movietag.settings import Settings

EVERY_SECONDS = 2.0
FRAME_BYTES = 60 << 10  # a 640 x 360 JPEG of quality 85 seldom has more

log = logging.getLogger("movietag")


class Backlog:
    """Watches how far a group is behind on frames; ``room`` waits while it is too far."""

    def __init__(self, settings: Settings, consumer_group: str, limit: int) -> None:
        self._settings = settings
        self._group = consumer_group
        self._limit = limit
        self._room = asyncio.Event()
        self._room.set()

    async def room(self) -> None:
        """Wait while more than the limit of bytes wait for captions."""
        await self._room.wait()

    async def watch(self) -> None:
        """Measure now and then, for ever."""
        while True:
            try:
                waiting = await self._waiting() * FRAME_BYTES
            except (KafkaError, OSError) as error:
                log.debug("the backlog of frames is measured later: %r", error)
            else:
                self._judge(waiting)
            await asyncio.sleep(EVERY_SECONDS)

    def _judge(self, waiting: int) -> None:
        if waiting > self._limit and self._room.is_set():
            log.warning("fetch waits: about %d MB of frames wait for captions", waiting >> 20)
            self._room.clear()
        elif waiting <= self._limit and not self._room.is_set():
            log.info("fetch goes on")
            self._room.set()

    async def _waiting(self) -> int:
        """Number of frames that the group has not committed."""
        admin = make_admin(self._settings)
        try:
            await admin.start()
            committed = await admin.list_consumer_group_offsets(self._group)
        finally:
            await admin.close()
        async with make_consumer(self._settings) as consumer:
            partitions = [
                TopicPartition(topics.FRAMES.name, number)
                for number in range(self._settings.kafka_partitions)
            ]
            first = await consumer.beginning_offsets(partitions)
            last = await consumer.end_offsets(partitions)
        return sum(
            last[tp] - max(first[tp], committed[tp].offset if tp in committed else 0)
            for tp in partitions
        )
