"""Faust's Kafka consumer with two defects fixed, and a producer that no rebalance waits for.

The hole: where reading starts before anything was committed.

After a rebalance Faust seeks each partition to its committed offset, because messages that arrived
meanwhile were thrown away. A partition without a committed offset is not sought at all
(``aiokafka.AIOKafkaConsumer.seek_to_committed`` passes over 0 and none), so what was thrown away of it
is never read, and is committed over by what follows.

The other hole: a batch that cannot be read crashes the app, again and again, and with it the partitions
that are well. Here its partition is paused and held (``movietag.streams.runtime.held``), and the others go on.

The third hole: an offset that was committed in a topic that was deleted and made again
(``movietag.streams.runtime.committed``).

A title of a transaction is read when the transaction is committed, and not at all when it is aborted;
Faust reads both.

The changelogs: Faust is told that there is nothing in them, and they are never fetched for it; the
ledger reads its own (``movietag.streams.ledger.changelog``).

The producer: Faust flushes it before each commit, when partitions are revoked and when tables recover, and
waits for the broker as long as the producer tries. A broker that takes nothing so held up a rebalance of the
whole group for a minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka
from faust.types import TP

from movietag.kafka.members import ConsumerGroup, describe_group
from movietag.kafka.topic_ids import KnownTopic, known_topics
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.streams.runtime.checkpointing import Checkpoints
from movietag.streams.runtime.committed import foreign_partitions, uncommitted, with_topic_ids
from movietag.streams.runtime.held import HeldPartitions
from movietag.topics import BY_NAME

FLUSH_SECONDS = 1.0

log = logging.getLogger("movietag")


def held_by(app: Any) -> HeldPartitions:
    """The paused partitions of an app of ours; Faust types its apps by their interface only."""
    held = app.held
    assert isinstance(held, HeldPartitions)
    return held


def checkpoints_of(app: Any) -> Checkpoints:
    """What an app of ours writes down of its offsets."""
    checkpoints = app.checkpoints
    assert isinstance(checkpoints, Checkpoints)
    return checkpoints


class ConsumerThread(aiokafka.AIOKafkaConsumerThread):
    """The thread that fetches; it pauses a partition at a batch that cannot be read."""

    def _create_worker_consumer(self, transport: aiokafka.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        commit = consumer.commit

        async def commit_noted(offsets: Mapping[Any, OffsetAndMetadata]) -> None:
            noted = with_topic_ids(offsets)
            await commit(noted)
            checkpoints_of(self.app).note(noted)

        consumer.commit = commit_noted
        return consumer

    async def _fetch_records(self, consumer: Any, *args: Any, **options: Any) -> Any:
        try:
            records = await super()._fetch_records(consumer, *args, **options)
        except UnreadableBatchError as batch:
            place = (batch.topic, batch.partition)
            for ours in [at for at in consumer.assignment() if at == place]:
                consumer.pause(ours)
                held_by(self.app).hold(TP(*place), batch)
            return {}
        held_by(self.app).release(records)
        return records


class StageConsumer(aiokafka.Consumer):
    """Seeks partitions without a committed offset to their beginning; reads no changelog."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """The first offsets of our topics; none for changelogs."""
        ours = [tp for tp in partitions if tp.topic in BY_NAME]
        return dict(await aiokafka.Consumer.earliest_offsets(self, *ours)) if ours else {}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """The end offsets of our topics; none for changelogs, so that Faust has nothing to recover."""
        ours = [tp for tp in partitions if tp.topic in BY_NAME]
        return dict(await aiokafka.Consumer.highwaters(self, *ours)) if ours else {}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek our topics and pause changelogs, which would be fetched needlessly."""
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

    async def fetch_again(self, partitions: Collection[TP]) -> None:
        """Fetch held partitions again if they are still assigned."""
        await self._thread.call_thread(self._resume, partitions)

    async def _resume(self, partitions: Collection[TP]) -> None:
        consumer = self._thread._consumer
        assert consumer is not None
        consumer.resume(*[at for at in consumer.assignment() if at in partitions])

    async def positions(self, partitions: Collection[TP]) -> Mapping[TP, int]:
        """The next offsets to read, beyond offsets without a message, too."""
        positions: Mapping[TP, int] = await self._thread.call_thread(self._positions, partitions)
        return positions

    async def _positions(self, partitions: Collection[TP]) -> Mapping[TP, int]:
        """Those that are known: a client waits without a bound for the position of a partition without a leader."""
        consumer = self._thread._consumer
        assert consumer is not None
        assigned = consumer.assignment()
        states = {
            at: consumer._subscription.subscription.assignment.state_value(at)
            for at in partitions
            if at in assigned
        }
        return {
            at: state.position for at, state in states.items() if state and state.has_valid_position
        }

    async def known_topics(self, names: Collection[str]) -> Mapping[str, KnownTopic]:
        """Those of the named topics that exist, as the broker knows them now; raises KafkaError."""
        topics: Mapping[str, KnownTopic] = await self._thread.call_thread(self._known_topics, names)
        return topics

    async def _known_topics(self, names: Collection[str]) -> Mapping[str, KnownTopic]:
        consumer = self._thread._consumer
        assert consumer is not None
        return await known_topics(consumer._client, names)

    async def changelog_starts(self, partitions: Collection[TP]) -> Mapping[TP, int]:
        """The first offsets of partitions of changelogs; raises KafkaError."""
        return dict(await aiokafka.Consumer.earliest_offsets(self, *partitions))

    async def described_group(self) -> ConsumerGroup | None:
        """The consumer group as the broker describes it; None while it has no coordinator. Raises KafkaError."""
        found: ConsumerGroup | None = await self._thread.call_thread(self._described_group)
        return found

    async def _described_group(self) -> ConsumerGroup | None:
        consumer = self._thread._consumer
        assert consumer is not None
        coordinator = consumer._coordinator.coordinator_id
        if coordinator is None:
            return None
        return await describe_group(consumer._client, coordinator, self.app.conf.id)

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit next.

        Faust goes on over offsets without a message (a transaction's marks, what was aborted), but not
        over those behind offset 0 of a partition: there it would never commit again. The windows
        acknowledge strictly in order, so nothing before what is acknowledged is in work.
        """
        offset = super()._new_offset(tp)
        if offset is None and (acked := self._acked[tp]):
            self._committed_offset[tp] = min(acked)
            offset = super()._new_offset(tp)
        return offset

    async def commit_at(self, tp: TP, offset: int) -> bool:
        """Commit an offset of a partition without work in flight; false if the group refuses."""
        committed = bool(await self._commit({tp: offset}))
        if committed:
            self._committed_offset[tp] = offset
        return committed

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Release revoked partitions: their next owner meets the batch itself."""
        held_by(self.app).release(revoked)
        await aiokafka.Consumer.on_partitions_revoked(self, revoked)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Let Faust report a partition without progress, unless it is held, or one of a changelog.

        Changelogs are paused for ever: nothing is ever fetched of them.
        """
        if tp.topic in BY_NAME and tp not in held_by(self.app):
            aiokafka.Consumer.verify_event_path(self, now, tp)

    async def _foreign(self) -> list[TP]:
        return await foreign_partitions(self._thread._consumer)

    async def perform_seek(self) -> None:
        """Seek all partitions of our topics to their next offsets."""
        if held := held_by(self.app).partitions:  # they are read again from what is committed
            held_by(self.app).release(held)
            await self.fetch_again(held)
        await aiokafka.Consumer.perform_seek(self)
        for tp in await self._thread.call_thread(self._foreign):
            log.warning("%s, partition %d: it was made again, and is read from its beginning", *tp)
            self._committed_offset[tp] = self._read_offset[tp] = None
        known = {tp: self._committed_offset.get(tp) for tp in self.assignment()}
        before = {tp: OffsetAndMetadata(at, "") for tp, at in known.items() if at}
        checkpoints_of(self.app).note(with_topic_ids(before))
        unread = uncommitted(self.assignment(), self._committed_offset)
        if unread:
            await self.seek_wait(await self.earliest_offsets(*unread))


class StageProducer(aiokafka.Producer):
    """Faust's producer with a bounded flush.

    Every send is awaited by the work that it belongs to, and nothing is acked before, so no commit rests on
    a flush. What is left of abandoned work may be on its way to a broker that takes nothing.
    """

    async def flush(self) -> None:
        """Wait for what is being sent, for at most ``FLUSH_SECONDS``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await super().flush()


class Transport(aiokafka.Transport):
    """Faust's transport with our consumer and producer."""

    Consumer = StageConsumer  # as Faust names them
    Producer = StageProducer
