"""What is counted now: the current vocabulary and its epoch, both stored in Kafka with the data.

The current vocabulary is a row of the topic ``movietag.vocabulary``, with its whole text: a process that uses the
same Kafka needs no file of it. Settings that name no vocabulary, or one that the current one has replaced, mean
the current one; settings that name any other are refused, since searches would turn to its empty indices. A home has a copy for commands that query no server
(``movietag.settings.home_vocabulary``); where the two differ, the row is right.

What an earlier version of movietag has counted stays current under its rule and matcher, also for settings that
name the same tags, until `movietag retag` counts them with today's.

The epoch is the highest that has left a ledger or a group (``movietag.kafka.epochs``): a recount raises it by
creating the next ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from movietag import topics
from movietag.errors import PermanentError, UsageError
from movietag.files import write_whole
from movietag.kafka.clients import admin, create_topics, kafka_errors, make_consumer, make_producer
from movietag.kafka.epochs import MOST, configured_epoch, count_changelog, epochs_in
from movietag.kafka.whole import partitions_of, read_whole
from movietag.records import Message, decode, encode
from movietag.records.bounds import Name
from movietag.settings import Settings
from movietag.settings.environment import TAGGING
from movietag.settings.home import home_layout
from movietag.vocabulary import MatchRule, Vocabulary, from_text, load, to_toml

KEY: Final = b"standing"  # of the row that says which vocabulary is current
PARTITION: Final = partitions_of(topics.VOCABULARY, 1)[0]


class CurrentVocabulary(Message, frozen=True):
    """The row of the current vocabulary.

    Attributes:
        vocabulary_id: its id.
        name: its name.
        text: its tags, aliases and groups (``movietag.vocabulary.to_toml``).
        match: the rule by which its tags match.
        before: ids of the vocabularies that it has replaced; settings that name one mean this vocabulary.
    """

    VERSION: ClassVar[int] = 2  # since 2 also the rules that leave out what a caption denies

    vocabulary_id: Name
    name: Annotated[str, Meta(max_length=400, pattern=r"^[^/\x00]+\Z")]
    text: Annotated[str, Meta(max_length=8 << 20)]
    match: MatchRule
    before: tuple[Name, ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary itself.

        Raises:
            UsageError: this version of movietag cannot read it, or reads it as another.
        """
        read = from_text(self.name, self.text, self.match)
        if read.vocabulary_id != self.vocabulary_id:
            raise UsageError(
                f"Vocabulary {self.vocabulary_id} is current in Kafka, and this version of movietag reads it as"
                f" {read.vocabulary_id}. Use the version that wrote it, or `movietag retag`."
            )
        return read


@dataclass(frozen=True)
class Current:
    """What Kafka stores: the row of the current vocabulary, if any, and the names of all topics and groups."""

    row: CurrentVocabulary | None
    names: frozenset[str]

    def of(self, settings: Settings, configured: Vocabulary | None = None) -> tuple[str, int]:
        """The id of the vocabulary to count with under these settings, and the epoch to count in.

        ``configured``: the settings' vocabulary; by default its file is read as it is now.
        """
        vocabulary_id = self.vocabulary(settings, configured).vocabulary_id
        return vocabulary_id, max(
            configured_epoch(settings), *epochs_in(self.names, vocabulary_id), 0
        )

    def vocabulary(self, settings: Settings, configured: Vocabulary | None = None) -> Vocabulary:
        """The vocabulary to count with.

        Raises:
            UsageError: the settings name another one than the library's; or this version of movietag cannot read that.
        """
        said = configured or load(settings.vocabulary, settings.match)
        if settings.second_count:
            return said
        known = {one.vocabulary_id: one for one in self._of_earlier_versions(settings, said)}
        if self.row is None:
            counted = [one for name, one in known.items() if epochs_in(self.names, name)]
            new = not counted or epochs_in(self.names, said.vocabulary_id)
            return said if new else counted[0]
        known[said.vocabulary_id] = said
        if one := known.get(self.row.vocabulary_id):
            return one
        unset = settings.model_fields_set.isdisjoint(TAGGING)
        if unset or not known.keys().isdisjoint(self.row.before):
            return self.row.vocabulary
        raise UsageError(
            f"This library is counted with the vocabulary {self.row.vocabulary_id}, and these settings name"
            f" {said.vocabulary_id}, whose indices would be empty. Leave MOVIETAG_VOCABULARY and MOVIETAG_MATCH out"
            " to use the library's own; `movietag retag` counts all that is there with another one."
        )

    def refuse_epoch_of_its_own(self, settings: Settings, vocabulary_id: str) -> None:
        """Refuse settings that would begin a count in a higher epoch for every worker, beside a recount.

        Raises:
            UsageError: they would; the text says what is counted in and what raises it.
        """
        known, configured = epochs_in(self.names, vocabulary_id), configured_epoch(settings)
        if known and configured > max(known) and not settings.second_count:
            raise UsageError(
                f"All workers count in epoch {max(known)}, and this one's settings say MOVIETAG_EPOCH={configured}: each"
                " would begin to count everything again in it. Leave MOVIETAG_EPOCH out; `movietag recount` raises the"
                " epoch for all of them."
            )

    @staticmethod
    def _of_earlier_versions(settings: Settings, said: Vocabulary) -> tuple[Vocabulary, ...]:
        return said.earlier(by_default="match" not in settings.model_fields_set)


def earlier_rule(settings: Settings, current: Current) -> str:
    """What to tell a user whose library is counted with a rule of an earlier version; else empty."""
    said = load(settings.vocabulary, settings.match)
    counted = current.vocabulary(settings, said)
    if counted.vocabulary_id == said.vocabulary_id or counted.aliases != said.aliases:
        return ""
    return (
        f"Tags are still matched as the library's first captions were: by version {counted.matcher} of the rule"
        f" {counted.rule} ({counted.vocabulary_id}). Today's is version {said.matcher} of {said.rule}."
        f" To count all captions with it: movietag retag --vocabulary {settings.vocabulary} --match {said.rule}"
    )


async def read_current(settings: Settings) -> Current:
    """Query Kafka.

    Raises:
        TransientError: Kafka is unreachable.
        UsageError: this version of movietag cannot read the row of the current vocabulary.
    """
    async with admin(settings) as client:
        names = set(await client.list_topics())
        groups = [group for group, *_ in await client.list_consumer_groups()]
        row = await _read(settings) if topics.VOCABULARY.name in names else None
    return Current(row, frozenset(names.union(groups)))


async def _read(settings: Settings) -> CurrentVocabulary | None:
    """The newest row; None before the first."""
    newest: bytes | None = None
    async with make_consumer(settings) as consumer:
        async for records in read_whole(consumer, [PARTITION]):
            newest = records[-1].value if records else newest
    try:
        return decode(CurrentVocabulary, newest) if newest else None
    except PermanentError as error:
        raise UsageError(
            f"Topic {PARTITION.topic} stores the current vocabulary, and this version of movietag cannot read"
            f" it: {error} Use the version that wrote it."
        ) from None


async def make_first_current(settings: Settings, vocabulary: Vocabulary) -> None:
    """Make a vocabulary current unless one is, or the count is a second one; raises as ``make_current``."""
    if not settings.second_count and (await read_current(settings)).row is None:
        await _write(settings, vocabulary, set())


async def make_current(settings: Settings, vocabulary: Vocabulary, *former: str | None) -> None:
    """Make a vocabulary current, also for settings that name one of ``former`` or the one current until now.

    Raises:
        TransientError: Kafka is unreachable.
        UsageError: this version of movietag cannot read the row of the current vocabulary.
    """
    await create_topics(settings)
    before = (await read_current(settings)).row
    ids = {*filter(None, former), *((before.vocabulary_id, *before.before) if before else ())}
    await _write(settings, vocabulary, ids)


async def _write(settings: Settings, vocabulary: Vocabulary, replaced: set[str]) -> None:
    row = CurrentVocabulary(
        vocabulary.vocabulary_id,
        vocabulary.name,
        to_toml(vocabulary),
        vocabulary.rule,
        tuple(sorted(replaced - {vocabulary.vocabulary_id})),
    )
    with kafka_errors(settings):
        async with make_producer(settings) as producer:
            await producer.send_and_wait(PARTITION.topic, encode(row), KEY, PARTITION.partition)


async def raise_epoch(settings: Settings, vocabulary_id: str, epoch: int) -> None:
    """Create the ledger of an epoch: from then on all counts with this vocabulary count in it.

    Raises:
        UsageError: there are no more epochs.
        TransientError: Kafka is unreachable.
    """
    if epoch > MOST:
        raise UsageError(
            f"Epoch {MOST} is the last one. Count into an empty Elasticsearch instead."
        )
    await create_topics(settings, {count_changelog(vocabulary_id, epoch): topics.LEDGER})


def with_current(
    settings: Settings, current: Current, configured: Vocabulary | None = None
) -> Settings:
    """The settings with the vocabulary and epoch to count with; the vocabulary becomes a file in the home's ``run``.

    ``configured``: the settings' vocabulary; by default its file is read as it is now.

    Raises:
        UsageError: this version of movietag cannot read the current vocabulary, or write the file.
    """
    configured = configured or load(settings.vocabulary, settings.match)
    vocabulary = current.vocabulary(settings, configured)
    vocabulary_id, epoch = current.of(settings, configured)
    changes: dict[str, object] = {"epoch": epoch}
    if configured.vocabulary_id != vocabulary_id:
        file = home_layout(settings).run / "vocabulary" / vocabulary_id / f"{vocabulary.name}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, to_toml(vocabulary, pinned=True).encode())
        changes |= {"vocabulary": str(file), "match": vocabulary.rule}
    return settings.model_copy(update=changes)
