"""Topics that were deleted and made again: how many times, so that a reused offset is another place.

What a message is known by for ever (a request's id, a letter's, the number of tries, the order of requests in a
ledger) is its topic, partition and offset. A topic that is made again begins at offset 0. So the ids that each topic
has had are rows of ``movietag.topics``, oldest first, and the offsets of its n-th successor count from
n * ``STEP``: higher than all that were known before. A topic whose id is not known yet is the first one: so were
all before there were these rows. What was written after partitions were added (``movietag.kafka.widening``)
counts from one ``STEP`` higher, too: a key may have got another partition, which begins at offset 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from aiokafka import AIOKafkaProducer
from msgspec import Meta

from movietag import topics
from movietag.errors import PermanentError, UsageError
from movietag.kafka.clients import admin, kafka_errors, make_consumer, make_producer
from movietag.kafka.topic_ids import NO_ID, known_topics
from movietag.kafka.whole import partitions_of, read_whole
from movietag.kafka.widening import Widening, widenings_before
from movietag.records import decode
from movietag.settings import Settings

STEP: Final = (
    1 << 28
)  # offsets of one topic; with their number they fit the 32 bits of a document's version
MOST: Final = (1 << 32) // STEP - 1  # times that a topic may be made again
UNDER_WAY: Final = b"|partitions"  # the key of a row of no topic
PARTITION: Final = partitions_of(topics.TOPIC_IDS, 1)[0]


class TopicIds(msgspec.Struct, frozen=True):
    """The value of a row: the ids that a topic has had, and when partitions were added, oldest first.

    The key is the topic's name.
    """

    ids: tuple[Annotated[str, Meta(max_length=64)], ...]
    widenings: tuple[Widening, ...] = ()

    @property
    def value(self) -> bytes:
        """It in its topic."""
        return msgspec.json.encode(self)


class UnderWay(msgspec.Struct, frozen=True):
    """The row of ``UNDER_WAY``: partitions are being added to all topics; no stage may start until it is done."""

    partitions: int
    done: bool = False

    @property
    def value(self) -> bytes:
        """It in its topic."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True)
class Incarnation:
    """A topic as it is now: its id (``NO_ID`` if the broker knows none), how many came before it, and its widenings."""

    topic_id: str
    number: int
    widenings: tuple[Widening, ...] = ()


FIRST: Final = Incarnation(NO_ID, 0)


def placed_offset(incarnation: Incarnation, partition: int, offset: int) -> int:
    """The offset by which a message is known among those of all topics of its name."""
    later = widenings_before(partition, offset, incarnation.widenings)
    return (incarnation.number + later) * STEP + offset


def with_ids(
    rows: Mapping[str, TopicIds], current: Mapping[str, str]
) -> tuple[dict[str, Incarnation], dict[str, TopicIds]]:
    """The incarnations of topics, and the rows that are to be written for it.

    Args:
        rows: what is known, by topic.
        current: the ids of topics as they are now.

    Raises:
        UsageError: a topic was made again too often.
    """
    found, changed = {}, {}
    for name, topic_id in current.items():
        ids, widenings = (rows[name].ids, rows[name].widenings) if name in rows else ((), ())
        current_ones = tuple(one for one in widenings if one.topic_id == topic_id)
        if topic_id == NO_ID:
            found[name] = Incarnation(NO_ID, max(len(ids) - 1, 0))
            continue
        if topic_id not in ids:
            ids = (*ids, topic_id)
            changed[name] = TopicIds(ids, widenings)
        number = ids.index(topic_id) + len(widenings) - len(current_ones)
        if number + len(current_ones) > MOST:
            raise UsageError(
                f"Topic {name} was deleted and made again, or got more partitions,"
                f" {number + len(current_ones)} times, more than its offsets can express."
                " Begin with empty topics and another MOVIETAG_HOME."
            )
        found[name] = Incarnation(topic_id, number, current_ones)
    return found, changed


async def read_incarnations(settings: Settings, names: Iterable[str]) -> dict[str, Incarnation]:
    """The topics of these names that exist, and whether they were made again; notes what is new.

    Raises:
        TransientError: Kafka is unreachable.
        UsageError: a topic was made again too often, or `movietag topics repartition` was interrupted.
    """
    async with admin(settings) as client:
        known = await known_topics(client._client, set(names))
    with kafka_errors(settings):
        rows, under_way = await read_topic_rows(settings)
        if under_way:
            raise UsageError(
                f"Partitions are being added: ledgers are not complete. Run `movietag topics repartition"
                f" {under_way.partitions}` to its end."
            )
        ids = {name: topic.topic_id for name, topic in known.items()}
        found, changed = with_ids(rows, ids)
        if changed:
            async with make_producer(settings) as producer:
                for name, row in changed.items():
                    await write_topic_row(producer, name, row)
    return found


async def read_topic_rows(settings: Settings) -> tuple[dict[str, TopicIds], UnderWay | None]:
    """The rows of all topics, and the addition of partitions that has not ended, if any; raises KafkaError, OSError."""
    rows: dict[str, TopicIds] = {}
    under_way: UnderWay | None = None
    async with make_consumer(settings) as consumer:
        async for records in read_whole(consumer, [PARTITION]):
            rows |= dict(filter(None, (_row(record.key, record.value) for record in records)))
            for record in records:
                if record.key == UNDER_WAY:
                    under_way = decode(UnderWay, record.value)
    return rows, under_way if under_way and not under_way.done else None


async def write_topic_row(producer: AIOKafkaProducer, name: str, row: TopicIds | UnderWay) -> None:
    """Write a row; returns when the broker has acknowledged it."""
    await producer.send_and_wait(PARTITION.topic, row.value, name.encode(), PARTITION.partition)


def _row(key: bytes | None, value: bytes | None) -> tuple[str, TopicIds] | None:
    """A row of the topic; None for what is none."""
    try:
        return (key or b"").decode("utf-8", "replace"), decode(TopicIds, value)
    except PermanentError:
        return None
