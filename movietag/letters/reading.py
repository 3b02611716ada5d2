"""Reading single dead letters from their topic."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from movietag import topics
from movietag.documents import LetterBody
from movietag.errors import PermanentError
from movietag.kafka.clients import kafka_errors, make_consumer
from movietag.settings import Settings

FETCH_BYTES = 64 << 10  # per fetch: usually one letter; a larger one is still returned whole
FETCH_SECONDS = 20.0


async def read_letter(settings: Settings, body: LetterBody) -> bytes | None:
    """The original bytes of a letter.

    Raises:
        PermanentError: the letter is not at the offset that its document names.
        TransientError: Kafka is unreachable.
    """
    with kafka_errors(settings):
        async with letter_reader(settings) as consumer:
            records = await letter_records(consumer, [body])
    value: bytes | None = letter_of(records.get(body.letter_id), body).value
    return value


def letter_of(record: ConsumerRecord | None, body: LetterBody) -> ConsumerRecord:
    """The record of a letter; raises PermanentError if it is missing or another one."""
    if record is None or record.key != body.letter_id.encode():
        place = f"{topics.DEAD_LETTERS.name}/{body.letter_partition}/{body.letter_offset}"
        raise PermanentError("lost", f"Letter {body.letter_id} is not at {place}.")
    return record


async def letter_records(
    consumer: AIOKafkaConsumer, bodies: Sequence[LetterBody]
) -> Mapping[str, ConsumerRecord]:
    """The records at the offsets of letters, by letter id; without those that are gone."""
    by_partition: defaultdict[int, list[LetterBody]] = defaultdict(list)
    for body in bodies:
        by_partition[body.letter_partition].append(body)
    records: dict[str, ConsumerRecord] = {}
    for partition, inside in by_partition.items():
        where = TopicPartition(topics.DEAD_LETTERS.name, partition)
        consumer.assign([where])
        first = (await consumer.beginning_offsets([where]))[where]
        last = (await consumer.end_offsets([where]))[where]
        for body in sorted(inside, key=lambda one: one.letter_offset):
            if first <= body.letter_offset < last:
                consumer.seek(where, body.letter_offset)
                async with asyncio.timeout(FETCH_SECONDS):
                    record = await consumer.getone()
                if record.offset == body.letter_offset:
                    records[body.letter_id] = record
    return records


@asynccontextmanager
async def letter_reader(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that reads single letters."""
    async with make_consumer(settings, max_partition_fetch_bytes=FETCH_BYTES) as consumer:
        yield consumer
