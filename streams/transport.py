"""Faust's Kafka consumer, with one hole closed, and changelogs left to the ledger.

The hole: where reading starts before anything was committed.

After a rebalance Faust seeks each partition to its committed offset, because messages that arrived
meanwhile were thrown away. A partition without a committed offset is not sought at all
(``aiokafka.AIOKafkaConsumer.seek_to_committed`` passes over 0 and none), so what was thrown away of it
is never read, and is committed over by what follows.

The changelogs: Faust is told that there is nothing in them, and they are never fetched for it; the
ledger reads its own (``streams.changelog``).
"""

from __future__ import annotations

from collections.abc import Mapping

from faust.transport.drivers import aiokafka
from faust.types import TP

from movietag.topics import BY_NAME


class Consumer(aiokafka.Consumer):
    """Seeks partitions that have no committed offset to their beginning; reads no changelog."""

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Where our topics begin; of changelogs nothing is known."""
        asked = [tp for tp in partitions if tp.topic in BY_NAME]
        return dict(await aiokafka.Consumer.earliest_offsets(self, *asked)) if asked else {}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Where our topics end; of changelogs nothing is known, so Faust has nothing to recover."""
        asked = [tp for tp in partitions if tp.topic in BY_NAME]
        return dict(await aiokafka.Consumer.highwaters(self, *asked)) if asked else {}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek our topics; changelogs are paused instead, or they would be fetched for nothing."""
        changelogs = [tp for tp in partitions if tp.topic not in BY_NAME]
        if changelogs:
            await self._thread.call_thread(self._pause, changelogs)
        sought = {tp: offset for tp, offset in partitions.items() if tp.topic in BY_NAME}
        if sought:
            await aiokafka.Consumer.seek_wait(self, sought)

    async def _pause(self, partitions: list[TP]) -> None:
        consumer = self._thread._consumer  # its futures belong to the loop of its thread
        assert consumer is not None
        consumer.pause(*[at for at in consumer.assignment() if at in partitions])

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
