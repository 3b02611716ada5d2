"""Skipping an unreadable batch: its bytes become a dead letter, and stuck consumers pass over it.

The stuck stage reads the skip and moves its own offset (``movietag.streams.runtime.held``), so this works whatever
its group is doing. The letter is sent first: repeating an interrupted command does no harm.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from movietag import topics
from movietag.errors import UsageError
from movietag.kafka.batches import behind, first_batch, header_of
from movietag.kafka.clients import kafka_errors, make_consumer, producer
from movietag.kafka.fetcher import SILENT_SECONDS
from movietag.kafka.raw_log import RawLog, first_behind, raw_log
from movietag.kafka.skips import Skip, read_skips
from movietag.kafka.unreadable import KIND, MEANING, Skipping, UnreadableBatchError, ledger_remedy
from movietag.records import Failure, Letter, LetterId, encode
from movietag.settings import Settings

MOST_BYTES = topics.DEAD_LETTERS.max_bytes - (64 << 10)  # of a batch in its letter
STEPS_BACK = tuple(1 << step for step in range(11))  # offsets
READ_SECONDS = SILENT_SECONDS + 20.0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A skip; ``letter_id`` is None if no bytes could be read, or the batch was skipped before."""

    skip: Skip
    meaning: Skipping
    letter_id: LetterId | None = None
    size: int = 0  # bytes in the letter
    before: bool = False
    hidden: bool = False  # Kafka does not find it, and perhaps some batches behind it


async def skip_batch(settings: Settings, topic: str, partition: int, offset: int) -> Skipped:
    """Skip the batch at an offset, if it is unreadable.

    Raises:
        UsageError: there is no such offset, its topic cannot be skipped, or the batch is readable.
        TransientError: Kafka is unreachable.
    """
    meaning = MEANING.get(topic)
    if meaning is None:
        raise UsageError(f"Batches of {topic} cannot be skipped. {ledger_remedy(topic)}")
    place = TopicPartition(topic, partition)
    async with producer(settings) as sender:
        with kafka_errors(settings):
            async with make_consumer(settings, skip=False) as consumer:
                for one in await read_skips(consumer, settings.kafka_partitions):
                    if one.covers(topic, partition, offset):
                        return Skipped(one, meaning, before=True)
                end = await _end(settings, consumer, place, offset)
                batch = await _unreadable(consumer, place, offset)
            async with raw_log(settings, place, end) as raw:
                extent = await _extent(raw, batch)
            return await _skip(sender, extent, meaning)


@dataclass(frozen=True, slots=True)
class _Extent:
    """The extent of a batch; ``offset`` is where reading stops, ``content`` its bytes as far as known."""

    skip: Skip
    offset: int
    content: bytes
    hidden: bool


async def _skip(sender: AIOKafkaProducer, extent: _Extent, meaning: Skipping) -> Skipped:
    skip, offset, content = extent.skip, extent.offset, extent.content
    letter_id = LetterId(f"{skip.topic}/{skip.partition}/{offset}/{meaning.stage}")
    reason = (
        f"The batch could not be read: {skip.why}. It was skipped, from offset {skip.first} to"
        f" {skip.until}. These are its bytes as Kafka stored them; they cannot be replayed."
    )
    letter = Letter(
        letter_id=letter_id,
        stage=meaning.stage,
        topic=skip.topic,
        partition=skip.partition,
        offset=offset,
        error=KIND,
        reason=reason,
        history=(Failure(skip.at_ms, KIND, reason),),
    )
    if content:
        await sender.send_and_wait(
            topics.DEAD_LETTERS.name,
            content,
            key=letter_id.encode(),
            headers=[(topics.LETTER_HEADER, encode(letter))],
        )
    await sender.send_and_wait(topics.SKIPS.name, skip.value, key=skip.key)
    return Skipped(
        skip, meaning, letter_id if content else None, len(content), hidden=extent.hidden
    )


async def _end(
    settings: Settings, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int
) -> int:
    """The offset at which the log ends; raises UsageError if the log has no such offset."""
    if not 0 <= partition.partition < settings.kafka_partitions:
        raise UsageError(
            f"{partition.topic} has partitions 0 to {settings.kafka_partitions - 1}, no"
            f" {partition.partition}. `movietag status` names the batch."
        )
    first = (await consumer.beginning_offsets([partition]))[partition]
    last: int = (await consumer.end_offsets([partition]))[partition]
    if not first <= offset < last:
        raise UsageError(
            f"{partition.topic}, partition {partition.partition}, has no offset {offset}: it has {first} to"
            f" {last - 1}. `movietag status` names the batch."
        )
    return last


async def _unreadable(
    consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int
) -> UnreadableBatchError:
    """The error of the batch at an offset; raises UsageError if it is readable."""
    consumer.assign([partition])
    consumer.seek(partition, offset)
    try:
        async with asyncio.timeout(READ_SECONDS):
            while await consumer.position(partition) == offset:
                await consumer.getmany(partition, timeout_ms=1000, max_records=1)
    except UnreadableBatchError as batch:
        return batch
    raise UsageError(
        f"The message at {partition.topic}/{partition.partition}/{offset} can be read: nothing is skipped."
        " `movietag status` names a batch that cannot."
    )


async def _extent(raw: RawLog, batch: UnreadableBatchError) -> _Extent:
    data = await raw.read(batch.offset, MOST_BYTES)
    hidden = not data
    for back in (
        STEPS_BACK if not data else ()
    ):  # earlier offsets return this batch too, behind their own
        data = behind(await raw.read(max(0, batch.offset - back), MOST_BYTES), batch.offset)
        if data or back >= batch.offset:
            break
    content, until = first_batch(data, batch.offset, raw.end)

    async def begins(offset: int) -> int | None:
        return await raw.begins(offset, batch.offset)

    if until is None or await begins(until) != until:
        until = await first_behind(begins, batch.offset, raw.end)
    header = header_of(data)
    plausible = header is not None and 0 <= header.base_offset <= batch.offset
    first = header.base_offset if header is not None and plausible else batch.offset
    now = int(time.time() * 1000)
    skip = Skip(batch.topic, batch.partition, first, until, batch.why, now)
    return _Extent(skip, batch.offset, content[:MOST_BYTES], hidden)
