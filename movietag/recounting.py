"""Counting again from the kept facts: what `movietag recount` does beside starting the count stage.

A new epoch makes a new consumer group and a new ledger, which read all facts from the first, and
versions that are higher than all before. Everything that the facts explain is therefore written
again. What they do not explain (nothing should be left: a document that was put in by hand, or that
an older movietag made otherwise) still has an older version: it is deleted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from functools import partial

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, index_name
from movietag.epoch import count_changelog, count_group, epochs_in
from movietag.errors import TransientError, UsageError
from movietag.kafka import make_admin, make_consumer, make_producer
from movietag.publishing import version
from movietag.records import Document, encode
from movietag.restoring import restore_letters
from movietag.search.reader import reader
from movietag.search.schema import ensure_schema
from movietag.settings import Settings
from movietag.topics import TopicSpec
from movietag.vocabulary import load

PATIENCE = 120.0  # seconds in which a stage must have got on
POLL_SECONDS = 0.5
INDEX_GROUP = "movietag-index"

Offsets = Mapping[TopicPartition, int]
Say = Callable[[str, int, int], None]  # what is done now, so much of so much


async def epochs_of(settings: Settings) -> tuple[set[int], set[int]]:
    """Epochs of this vocabulary's counts: those that have a ledger, and those that have a group.

    Raises:
        TransientError: Kafka is away.
    """
    vocabulary_id = load(settings.vocabulary, settings.match).vocabulary_id
    admin = make_admin(settings)
    try:
        await admin.start()
        names = await admin.list_topics()
        groups = [group for group, *_ in await admin.list_consumer_groups()]
    except (KafkaError, OSError) as error:
        raise _away(settings, error) from error
    finally:
        await admin.close()
    return epochs_in(names, vocabulary_id), epochs_in(groups, vocabulary_id)


async def finish(settings: Settings, epoch: int, say: Say) -> int:
    """Wait until the count of ``epoch`` has counted all facts there are, then make all stand right.

    May be repeated after any failure, and then goes on where it stood.

    Returns:
        How many documents were deleted because no fact explains them.

    Raises:
        TransientError: a server is away, or a stage has not got on for ``PATIENCE`` seconds.
        UsageError: facts are missing from their topic.
    """
    vocabulary = load(settings.vocabulary, settings.match)
    group = count_group(vocabulary.vocabulary_id, epoch)
    try:
        async with reader(settings) as library:
            await ensure_schema(library.es, vocabulary)
        await _require_facts(settings)
        await _caught_up(settings, "count", group, topics.CAPTIONS, say)
        await _caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, say)
        deleted = await _delete_older(settings, epoch, say)
        await _caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, say)
        await restore_letters(settings, partial(say, "dead letters"))
        await _delete_ledgers(settings, vocabulary.vocabulary_id, epoch)
    except (KafkaError, OSError) as error:
        raise _away(settings, error) from error
    return deleted


async def _require_facts(settings: Settings) -> None:
    """Refuse to go on when facts are gone: the documents that they made would be deleted."""
    first, last = await _bounds(settings, topics.CAPTIONS)
    if any(first.values()) or not any(last.values()):
        raise UsageError(
            f"Topic {topics.CAPTIONS.name} does not hold all facts any more (its partitions begin at"
            f" {sorted(first.values())} and end at {sorted(last.values())}). Counted from these,"
            " documents would be lost: nothing is deleted."
        )


async def _caught_up(
    settings: Settings, stage: str, group: str, topic: TopicSpec, say: Say
) -> None:
    """Wait until a group has committed all that is in a topic now."""
    first, last = await _bounds(settings, topic)
    total = sum(last[place] - first[place] for place in last)
    left, since = -1, time.monotonic()
    while True:
        behind = _behind(await _committed(settings, group), first, last)
        say(stage, total - behind, total)
        if not behind:
            return
        if behind != left:
            left, since = behind, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise TransientError(
                f"Stage {stage} (group {group}) has {behind:,} of {total:,} messages before it, and has"
                f" not got on for {PATIENCE:.0f} s: see `movietag status` and its log. Then repeat the"
                " command; it goes on where it stood."
            )
        await asyncio.sleep(POLL_SECONDS)


async def _bounds(settings: Settings, topic: TopicSpec) -> tuple[Offsets, Offsets]:
    """Where the partitions of a topic begin and end."""
    places = [TopicPartition(topic.name, number) for number in range(settings.kafka_partitions)]
    async with make_consumer(settings) as consumer:
        return await consumer.beginning_offsets(places), await consumer.end_offsets(places)


def _behind(committed: Offsets, first: Offsets, last: Offsets) -> int:
    """How many messages before ``last`` are not committed."""
    return sum(
        max(0, end - max(first[place], committed.get(place, 0))) for place, end in last.items()
    )


async def _committed(settings: Settings, group: str) -> Offsets:
    admin = make_admin(settings)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {place: at.offset for place, at in offsets.items()}


async def _delete_older(settings: Settings, epoch: int, say: Say) -> int:
    """Have the documents deleted that this count has not written; returns when the index stage is told.

    The deletions are on the topic as if the count had sent them, with the lowest version of its epoch.
    """
    lowest, deleted = version(epoch, 0, 0), 0
    async with reader(settings) as library, make_producer(settings) as sender:
        vocabulary_id = library.vocabulary.vocabulary_id
        await library.es.indices.refresh(
            index=[index_name(alias, vocabulary_id) for alias in (MOVIES, MOVIE_TAGS, FRAMES)]
        )
        for alias in (MOVIES, MOVIE_TAGS, FRAMES):
            async with aclosing(library.older(alias, lowest)) as ids:
                async for doc_id in ids:
                    await _send(sender, Document(index_name(alias, vocabulary_id), doc_id, lowest))
                    deleted += 1
                    say("deleting", deleted, deleted)
        await sender.flush()
    return deleted


async def _send(sender: AIOKafkaProducer, document: Document) -> None:
    await sender.send_and_wait(topics.DOCUMENTS.name, encode(document), key=document.key)


async def _delete_ledgers(settings: Settings, vocabulary_id: str, epoch: int) -> None:
    """Delete the ledgers of the counts before; their groups stay, so that they are not begun anew."""
    admin = make_admin(settings)
    try:
        await admin.start()
        names = set(await admin.list_topics())
        older = [count_changelog(vocabulary_id, number) for number in range(epoch)]
        if outdated := [name for name in older if name in names]:
            await admin.delete_topics(outdated)
    finally:
        await admin.close()


def _away(settings: Settings, error: Exception) -> TransientError:
    return TransientError(
        f"Kafka does not answer at {settings.kafka_address}: {error!r}. Repeat the command when it is"
        " back; it goes on where it stood."
    )
