"""What is counted now: which vocabulary stands, and in which epoch; both lie with the data, in Kafka.

The vocabulary is a row of the topic ``movietag.vocabulary``, with all its text: whoever works with the same
Kafka needs no file of it. Settings that say a vocabulary which it has replaced, or none, mean the one that
stands; settings that say another mean what they say. A home has a copy for commands that ask no server
(``movietag.settings.home_vocabulary``); where the two differ, the row is right.

The epoch is the highest that has left a ledger or a group (``movietag.kafka.epochs``): a recount raises it by making
the next ledger.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from msgspec import Meta

from movietag import topics
from movietag.errors import PermanentError, UsageError
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.kafka.epochs import MOST, count_changelog, epochs_in, given_epoch
from movietag.kafka.lag import admin_of, away
from movietag.records import Message, decode, encode
from movietag.records.bounds import Name
from movietag.settings import Settings
from movietag.settings.environment import TAGGING
from movietag.settings.home import home_layout
from movietag.settings.home_vocabulary import Rule
from movietag.vocabulary import Vocabulary, from_text, load, to_toml

KEY: Final = b"standing"
PLACE: Final = TopicPartition(topics.VOCABULARY.name, 0)
POLL_MS: Final = 2000


class StandingVocabulary(Message, frozen=True):
    """The vocabulary that stands.

    Attributes:
        vocabulary_id: its id.
        name: what it is called.
        text: its tags, aliases and groups (``movietag.vocabulary.to_toml``).
        match: how its tags are found.
        before: ids of those that it has replaced, whose settings mean this one.
    """

    vocabulary_id: Name
    name: Annotated[str, Meta(max_length=400, pattern=r"^[^/\x00]+\Z")]
    text: Annotated[str, Meta(max_length=8 << 20)]
    match: Rule
    before: tuple[Name, ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary itself; raises UsageError where this version cannot read it."""
        return from_text(self.name, self.text, self.match)


@dataclass(frozen=True)
class Current:
    """What Kafka says: the vocabulary that stands, if one does, and the epochs by what they have left."""

    standing: StandingVocabulary | None
    names: frozenset[str]

    def of(self, given: Settings, said: str | None = None) -> tuple[str, int]:
        """The id of the vocabulary to count with, and the epoch in which, for settings that say ``given``.

        ``said``: the id of the vocabulary that they name; default: as its file is now.
        """
        said = said or load(given.vocabulary, given.match).vocabulary_id
        stands = self.standing
        unsaid = given.model_fields_set.isdisjoint(TAGGING)
        if stands and (unsaid or said in stands.before) and not given.second_count:
            said = stands.vocabulary_id
        return said, max(given_epoch(given), *epochs_in(self.names, said), 0)


async def read_current(given: Settings) -> Current:
    """Ask Kafka.

    Raises:
        TransientError: Kafka is away.
        UsageError: this version of movietag cannot read which vocabulary stands.
    """
    async with admin_of(given) as admin:
        names = set(await admin.list_topics())
        groups = [group for group, *_ in await admin.list_consumer_groups()]
        stands = await _read(given) if topics.VOCABULARY.name in names else None
    return Current(stands, frozenset(names.union(groups)))


async def _read(given: Settings) -> StandingVocabulary | None:
    """The row; none: nothing was ever said.

    Raises:
        UsageError: this version of movietag cannot read it.
    """
    found: bytes | None = None
    async with make_consumer(given) as consumer:
        consumer.assign([PLACE])
        last = (await consumer.end_offsets([PLACE]))[PLACE]
        await consumer.seek_to_beginning(PLACE)
        while await consumer.position(PLACE) < last:
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                found = records[-1].value if records else found
    try:
        return decode(StandingVocabulary, found) if found else None
    except PermanentError as error:
        raise UsageError(
            f"Topic {PLACE.topic} says which vocabulary stands, and this version of movietag cannot read it:"
            f" {error} Use the version that has written it."
        ) from None


async def let_first_stand(given: Settings, vocabulary: Vocabulary) -> None:
    """Have a vocabulary stand unless one does; raises as ``let_stand``."""
    if (await read_current(given)).standing is None:
        await _write(given, vocabulary, set())


async def let_stand(given: Settings, vocabulary: Vocabulary, *former: str | None) -> None:
    """Have a vocabulary stand wherever those of these ids, and the one that stands now, did.

    Raises:
        TransientError: Kafka is away.
        UsageError: this version of movietag cannot read which vocabulary stands.
    """
    await create_topics(given)
    before = (await read_current(given)).standing
    ids = {*filter(None, former), *((before.vocabulary_id, *before.before) if before else ())}
    await _write(given, vocabulary, ids)


async def _write(given: Settings, vocabulary: Vocabulary, ids: set[str]) -> None:
    row = StandingVocabulary(
        vocabulary.vocabulary_id,
        vocabulary.name,
        to_toml(vocabulary),
        vocabulary.rule,
        tuple(sorted(ids - {vocabulary.vocabulary_id})),
    )
    try:
        async with make_producer(given) as producer:
            await producer.send_and_wait(PLACE.topic, encode(row), KEY, PLACE.partition)
    except (KafkaError, OSError) as error:
        raise away(given, error) from error


async def raise_epoch(given: Settings, vocabulary_id: str, epoch: int) -> None:
    """Make the ledger of an epoch: from now on whoever counts with this vocabulary counts in it.

    Raises:
        UsageError: there are no more epochs.
        TransientError: Kafka is away.
    """
    if epoch > MOST:
        raise UsageError(
            f"Epoch {MOST} is the last one. Count into an empty Elasticsearch instead."
        )
    await create_topics(given, {count_changelog(vocabulary_id, epoch): topics.LEDGER})


def with_current(given: Settings, current: Current, said: str | None = None) -> Settings:
    """The settings with what is to be counted; the vocabulary becomes a file in the home's ``run``.

    ``said``: the id of the vocabulary that they name; default: as its file is now.

    Raises:
        UsageError: this version of movietag cannot read the vocabulary that stands.
    """
    said = said or load(given.vocabulary, given.match).vocabulary_id
    vocabulary_id, epoch = current.of(given, said)
    told: dict[str, object] = {"epoch": epoch}
    stands = current.standing
    if stands and said != vocabulary_id:
        if stands.vocabulary.vocabulary_id != vocabulary_id:
            raise UsageError(
                f"The vocabulary {vocabulary_id} stands in Kafka, and this version of movietag reads it as"
                f" {stands.vocabulary.vocabulary_id}. Use the version that has written it, or `movietag retag`."
            )
        file = home_layout(given).run / "vocabulary" / vocabulary_id / f"{stands.name}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.{os.getpid()}")
        new.write_text(stands.text, encoding="utf-8")
        new.replace(file)
        told |= {"vocabulary": str(file), "match": stands.match}
    return given.model_copy(update=told)
