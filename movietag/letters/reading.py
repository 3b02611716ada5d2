"""Reading single dead letters from their topic."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from movietag import topics
from movietag.documents import LetterBody
from movietag.errors import PermanentError
from movietag.kafka.clients import kafka_errors, make_consumer
from movietag.records import Letter, decode
from movietag.settings import Settings

FETCH_BYTES = 64 << 10  # per fetch: usually one letter; a larger one is still returned whole
FETCH_SECONDS = 20.0


class LogPosition(NamedTuple):
    """Where a message lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return "/".join(map(str, self))


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A letter, and the message that failed, as it came."""

    letter: Letter
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None


async def read_letter(settings: Settings, body: LetterBody) -> bytes | None:
    """The original bytes of a letter.

    Raises:
        PermanentError: the letter is not at the offset that its document names, or has not the bytes, and they do
            not lie in their topic any more.
        TransientError: Kafka is unreachable.
    """
    with kafka_errors(settings):
        async with letter_reader(settings) as consumer:
            read = (await read_letters(consumer, [body]))[body.letter_id]
    if isinstance(read, PermanentError):
        raise read
    return read.value


async def read_letters(
    consumer: AIOKafkaConsumer, bodies: Sequence[LetterBody]
) -> Mapping[str, FailedMessage | PermanentError]:
    """The failed messages of letters, by letter id; an error instead of one that is gone."""
    records = await _records_at(consumer, map(_place_of, bodies))
    read: dict[str, FailedMessage | PermanentError] = {}
    shortened: dict[str, Letter] = {}
    for body in bodies:
        try:
            record = _letter_record(records, body)
            letter = decode(Letter, dict(record.headers).get(topics.LETTER_HEADER))
        except PermanentError as error:
            read[body.letter_id] = error
            continue
        if letter.shortened is None:
            read[body.letter_id] = FailedMessage(letter, letter.key, letter.headers, record.value)
        else:
            shortened[body.letter_id] = letter
    sources = await _records_at(consumer, (_source_of(one) for one in shortened.values()))
    for letter_id, letter in shortened.items():
        read[letter_id] = _whole(letter, sources.get(_source_of(letter)))
    return read


def _place_of(body: LetterBody) -> LogPosition:
    return LogPosition(topics.DEAD_LETTERS.name, body.letter_partition, body.letter_offset)


def _source_of(letter: Letter) -> LogPosition:
    return LogPosition(letter.topic, letter.partition, letter.offset)


def _letter_record(
    records: Mapping[LogPosition, ConsumerRecord], body: LetterBody
) -> ConsumerRecord:
    record = records.get(_place_of(body))
    if record is None or record.key != body.letter_id.encode():
        raise PermanentError("lost", f"Letter {body.letter_id} is not at {_place_of(body)}.")
    return record


def _whole(letter: Letter, record: ConsumerRecord | None) -> FailedMessage | PermanentError:
    """The message of a letter that has not its bytes, out of its own topic."""
    wanted = letter.shortened
    assert wanted
    value = (record and record.value) or b""
    if record is None or hashlib.sha256(value).hexdigest() != wanted.sha256:
        return PermanentError(
            "lost",
            f"The message was too large for its letter, which has {len(wanted.beginning):,} of {wanted.size:,} bytes"
            f" (SHA-256 {wanted.sha256}), and it is no longer at {_source_of(letter)}: send it again yourself.",
        )
    headers = tuple(
        (name, bytes(held or b"")) for name, held in record.headers if name != topics.LETTER_HEADER
    )
    return FailedMessage(letter, record.key, headers, record.value)


async def _records_at(
    consumer: AIOKafkaConsumer, places: Iterable[LogPosition]
) -> Mapping[LogPosition, ConsumerRecord]:
    """The records at some places; without those that are gone."""
    records: dict[LogPosition, ConsumerRecord] = {}
    for (topic, partition), inside in groupby(sorted(set(places)), key=lambda one: one[:2]):
        where = TopicPartition(topic, partition)
        consumer.assign([where])
        first = (await consumer.beginning_offsets([where]))[where]
        last = (await consumer.end_offsets([where]))[where]
        for place in inside:
            if first <= place.offset < last:
                consumer.seek(where, place.offset)
                async with asyncio.timeout(FETCH_SECONDS):
                    record = await consumer.getone()
                if record.offset == place.offset:
                    records[place] = record
    return records


@asynccontextmanager
async def letter_reader(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that reads single letters."""
    async with make_consumer(settings, max_partition_fetch_bytes=FETCH_BYTES) as consumer:
        yield consumer
