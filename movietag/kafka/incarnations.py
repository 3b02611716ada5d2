"""Topics that were deleted and made again: how many times, so that a reused offset is another place.

What a message is known by for ever (a request's id, a letter's, the number of tries, the order of requests in a
ledger) is its topic, partition and offset. A topic that is made again begins at offset 0. So the ids that each topic
has had are rows of ``movietag.topics``, oldest first, and the offsets of its n-th successor count from
n * ``STEP``: higher than all that were known before. A topic whose id is not known yet is the first one: so were
all before there were these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from movietag import topics
from movietag.errors import PermanentError, UsageError
from movietag.kafka.clients import admin, kafka_errors, make_consumer, make_producer
from movietag.kafka.topic_ids import NO_ID, known_topics
from movietag.kafka.whole import partitions_of, read_whole
from movietag.records import decode
from movietag.settings import Settings

STEP: Final = (
    1 << 28
)  # offsets of one topic; with their number they fit the 32 bits of a document's version
MOST: Final = (1 << 32) // STEP - 1  # times that a topic may be made again
PARTITION: Final = partitions_of(topics.TOPIC_IDS, 1)[0]


class TopicIds(msgspec.Struct, frozen=True):
    """The value of a row: the ids that a topic has had, oldest first; the key is its name."""

    ids: tuple[Annotated[str, Meta(max_length=64)], ...]

    @property
    def value(self) -> bytes:
        """It in its topic."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True)
class Incarnation:
    """A topic as it is now: its id (``NO_ID`` if the broker knows none), and how many came before it."""

    topic_id: str
    number: int


FIRST: Final = Incarnation(NO_ID, 0)


def placed_offset(incarnation: Incarnation, offset: int) -> int:
    """The offset by which a message is known among those of all topics of its name."""
    return incarnation.number * STEP + offset


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
        ids = rows[name].ids if name in rows else ()
        if topic_id == NO_ID:
            found[name] = Incarnation(NO_ID, max(len(ids) - 1, 0))
            continue
        if topic_id not in ids:
            ids = (*ids, topic_id)
            changed[name] = TopicIds(ids)
        number = ids.index(topic_id)
        if number > MOST:
            raise UsageError(
                f"Topic {name} was deleted and made again {number} times, more than its offsets can express."
                " Begin with empty topics and another MOVIETAG_HOME."
            )
        found[name] = Incarnation(topic_id, number)
    return found, changed


async def read_incarnations(settings: Settings, names: Iterable[str]) -> dict[str, Incarnation]:
    """The topics of these names that exist, and whether they were made again; notes what is new.

    Raises:
        TransientError: Kafka is unreachable.
        UsageError: a topic was made again too often.
    """
    async with admin(settings) as client:
        known = await known_topics(client._client, set(names))
    with kafka_errors(settings):
        rows: dict[str, TopicIds] = {}
        async with make_consumer(settings) as consumer:
            async for records in read_whole(consumer, [PARTITION]):
                rows |= dict(filter(None, (_row(record.key, record.value) for record in records)))
        ids = {name: topic.topic_id for name, topic in known.items()}
        found, changed = with_ids(rows, ids)
        if changed:
            async with make_producer(settings) as producer:
                for name, row in changed.items():
                    await producer.send_and_wait(
                        PARTITION.topic, row.value, name.encode(), PARTITION.partition
                    )
    return found


def _row(key: bytes | None, value: bytes | None) -> tuple[str, TopicIds] | None:
    """A row of the topic; None for what is none."""
    try:
        return (key or b"").decode("utf-8", "replace"), decode(TopicIds, value)
    except PermanentError:
        return None
