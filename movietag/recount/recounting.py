"""Counting again from the kept facts: what `movietag recount` does beside starting the count stage.

A new epoch (its ledger is made: ``movietag.recount.current``) makes a new consumer group and a new ledger, which read
all facts from the first, and versions that are higher than all before. Movie by movie (`movietag.streams.recount.head_start`): so
a document is replaced by one that says the same, and searches never see a movie as it was before its last facts.
Everything that the facts explain is therefore written again. What they do not explain (nothing should be left: a
document that was put in by hand, or that an older movietag made otherwise) still has an older version: it is
deleted.
"""

from __future__ import annotations

from contextlib import aclosing
from functools import partial

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, index_name
from movietag.errors import UsageError
from movietag.kafka.clients import make_admin, make_producer
from movietag.kafka.epochs import count_changelog, count_group, epochs_in
from movietag.kafka.lag import INDEX_GROUP, Say, admin_of, away, bounds, caught_up, ever_written
from movietag.letters.restoring import restore_letters
from movietag.records import Document, encode
from movietag.rules.publishing import version
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.renewing import renew
from movietag.search.reader import reader
from movietag.search.scans import scan_older
from movietag.settings import Settings
from movietag.vocabulary import load


async def epochs_of(
    settings: Settings, vocabulary_id: str | None = None
) -> tuple[set[int], set[int]]:
    """Epochs of a vocabulary's counts: those that have a ledger, and those that have a group.

    The vocabulary is that of the settings by default. A ledger in which nothing was ever written is none:
    movietag 0.1 left some when it refused to start.

    Raises:
        TransientError: Kafka is away.
    """
    vocabulary_id = vocabulary_id or load(settings.vocabulary, settings.match).vocabulary_id
    async with admin_of(settings) as admin:
        names = epochs_in(await admin.list_topics(), vocabulary_id)
        groups = [group for group, *_ in await admin.list_consumer_groups()]
        ledgers = {
            epoch
            for epoch in names
            if await ever_written(
                settings, count_changelog(vocabulary_id, epoch), settings.kafka_partitions
            )
        }
    return ledgers, epochs_in(groups, vocabulary_id)


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
        await require_facts(settings)
        await caught_up(settings, "count", group, topics.CAPTIONS, say)
        await caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, say)
        async with reader(settings) as library:
            await renew(library.es, vocabulary)
        deleted = await _delete_older(settings, epoch, say)
        await caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, say)
        await restore_letters(settings, partial(say, "dead letters"))
        await _delete_ledgers(settings, vocabulary.vocabulary_id, epoch)
    except (KafkaError, OSError) as error:
        raise away(settings, error) from error
    return deleted


async def refuse_lossy_recount(settings: Settings) -> None:
    """Refuse a recount that would lose documents, before it begins.

    Raises:
        UsageError: facts are missing from their topic.
        TransientError: Kafka is away.
    """
    try:
        await require_facts(settings)
    except (KafkaError, OSError) as error:
        raise away(settings, error) from error


async def require_facts(settings: Settings, *, or_none: bool = False) -> None:
    """Refuse to count from a topic whose facts are gone: documents that they made would be missing.

    ``or_none``: that there was never a fact is fine.

    Raises:
        UsageError: the text names the topic.
    """
    first, last = await bounds(settings, topics.CAPTIONS)
    if any(first.values()) or not (or_none or any(last.values())):
        raise UsageError(
            f"Topic {topics.CAPTIONS.name} does not hold all facts any more (its partitions begin at"
            f" {sorted(first.values())} and end at {sorted(last.values())}). Counted from these,"
            " documents would be lost: nothing is deleted."
        )


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
            async with aclosing(scan_older(library, alias, lowest)) as ids:
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
