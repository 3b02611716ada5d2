"""Faust's Kafka consumer, with one hole closed: where reading starts before anything was committed.

After a rebalance Faust seeks each partition to its committed offset, because messages that arrived
meanwhile were thrown away. A partition without a committed offset is not sought at all
(``aiokafka.AIOKafkaConsumer.seek_to_committed`` passes over 0 and none), so what was thrown away of it
is never read, and is committed over by what follows.
"""

from __future__ import annotations

from collections.abc import Mapping

from faust.transport.drivers import aiokafka
from faust.types import TP

from movietag.topics import BY_NAME


class Consumer(aiokafka.Consumer):
    """Seeks partitions that have no committed offset to their beginning."""

    async def perform_seek(self) -> None:
        """Seek all partitions of our topics to where their reading has to go on."""
        await aiokafka.Consumer.perform_seek(self)
        unread = uncommitted(self.assignment(), self._committed_offset)
        if unread:
            await self.seek_wait(await self.earliest_offsets(*unread))


class Transport(aiokafka.Transport):
    """Faust's transport with our consumer."""

    Consumer = Consumer


def uncommitted(assigned: set[TP], committed: Mapping[TP, int | None]) -> list[TP]:
    """The partitions of our topics (not of changelogs) whose group has committed nothing."""
    return sorted(tp for tp in assigned if tp.topic in BY_NAME and not committed.get(tp))
