"""Counting again from the retained facts: what `movietag recount` does in addition to starting the count stage.

A new epoch (a new ledger: ``movietag.recount.current``) makes a new consumer group, which reads all facts from
the first, and versions above all earlier ones. It counts movie by movie (`movietag.streams.recount.backfill`),
so each document is replaced by one with the same content, and searches never see a movie as it was before its
last facts. All documents that follow from facts are thereby written again. Any other (there should be none: one
that was written by hand, or differently by an older movietag) keeps an older version, and is deleted.
"""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import Final

from aiokafka import AIOKafkaProducer

from movietag import topics
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, Json, index_name
from movietag.errors import UsageError
from movietag.fleet.joining import join_library
from movietag.kafka.catching_up import Report, wait_until_caught_up
from movietag.kafka.clients import admin, kafka_errors, make_producer
from movietag.kafka.epochs import count_changelog, count_group, epochs_in
from movietag.kafka.lag import INDEX_GROUP, ever_written, topic_offsets
from movietag.letters.restoring import restore_letters
from movietag.records import Document, encode
from movietag.recount.deleting import refuse_many
from movietag.rules.publishing import version
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.others import ALIASES
from movietag.search.index.renewing import renew
from movietag.search.reader import Reader, reader
from movietag.search.scans import scan_older
from movietag.settings import Settings
from movietag.vocabulary import load

EVERY: Final[Json] = {"match_all": {}}


async def epochs_of(
    settings: Settings, vocabulary_id: str | None = None
) -> tuple[set[int], set[int]]:
    """Epochs of a vocabulary's counts: those that have a ledger, and those that have a group.

    The vocabulary is that of the settings by default. A ledger without any message does not count:
    movietag 0.1 left some when it refused to start.

    Raises:
        TransientError: Kafka is unreachable.
    """
    vocabulary_id = vocabulary_id or load(settings.vocabulary, settings.match).vocabulary_id
    async with admin(settings) as client:
        names = epochs_in(await client.list_topics(), vocabulary_id)
        groups = [group for group, *_ in await client.list_consumer_groups()]
        ledgers = {
            epoch
            for epoch in names
            if await ever_written(
                settings, count_changelog(vocabulary_id, epoch), settings.kafka_partitions
            )
        }
    return ledgers, epochs_in(groups, vocabulary_id)


async def finish(
    settings: Settings, epoch: int, report: Report, *, delete_many: bool = False
) -> int:
    """Wait until the count of ``epoch`` has counted all current facts, then repair the indices.

    May be repeated after any failure, and then continues where it stopped.

    Args:
        settings: with the current vocabulary.
        epoch: the one that is counted.
        report: is given the progress.
        delete_many: whether any number of documents that follow from no fact may be deleted.

    Returns:
        How many documents were deleted because they follow from no fact.

    Raises:
        TransientError: a server is unreachable, or a stage made no progress for ``PATIENCE`` seconds.
        ManyDeletionsError: more than a few percent of an index would be deleted.
        UsageError: facts are missing from their topic, or Elasticsearch is another library's.
    """
    vocabulary = load(settings.vocabulary, settings.match)
    group = count_group(vocabulary.vocabulary_id, epoch)
    with kafka_errors(settings):
        async with reader(settings) as library:
            await join_library(settings, library.es)
            await ensure_schema(library.es, vocabulary, ALIASES)
        await require_facts(settings)
        await wait_until_caught_up(settings, "count", group, topics.CAPTIONS, report)
        await wait_until_caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, report)
        async with reader(settings) as library:
            await renew(library.es, vocabulary)
        deleted = await _delete_older(settings, epoch, report, delete_many=delete_many)
        await wait_until_caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, report)
        await restore_letters(settings, partial(report, "dead letters"))
        await _delete_older_ledgers(settings, vocabulary.vocabulary_id, epoch)
    return deleted


async def require_facts(settings: Settings, *, or_none: bool = False) -> None:
    """Refuse to count from a topic that has lost facts: the documents that follow from them would be missing.

    ``or_none``: accept a topic that never held a fact.

    Raises:
        UsageError: facts are missing; the text names the topic.
        TransientError: Kafka is unreachable.
    """
    first, last = await topic_offsets(settings, topics.CAPTIONS)
    if any(first.values()) or not (or_none or any(last.values())):
        raise UsageError(
            f"Topic {topics.CAPTIONS.name} no longer holds all facts (its partitions begin at"
            f" {sorted(first.values())} and end at {sorted(last.values())}). A count of what is left would"
            " lose documents: nothing is deleted."
        )


async def _delete_older(
    settings: Settings, epoch: int, report: Report, *, delete_many: bool
) -> int:
    """Send the index stage a deletion of each document that this count has not written.

    Deletions look as if the count had sent them, with the lowest version of its epoch.
    """
    lowest, deleted = version(epoch, 0, 0), 0
    async with reader(settings) as library, make_producer(settings) as sender:
        vocabulary_id = library.vocabulary.vocabulary_id
        await library.es.indices.refresh(
            index=[index_name(alias, vocabulary_id) for alias in (MOVIES, MOVIE_TAGS, FRAMES)]
        )
        older = await _count_older(library, lowest)
        if not delete_many:
            refuse_many(older, {one: await library.indices.count(one, EVERY) for one in older})
        for alias in older:
            async with aclosing(scan_older(library, alias, lowest)) as ids:
                async for doc_id in ids:
                    await _send(sender, Document(index_name(alias, vocabulary_id), doc_id, lowest))
                    deleted += 1
                    report("deleting", deleted, deleted)
        await sender.flush()
    return deleted


async def _count_older(library: Reader, lowest: int) -> dict[str, int]:
    """How many documents this count has not written, by alias; only those with any."""
    older = dict.fromkeys((MOVIES, MOVIE_TAGS, FRAMES), 0)
    for alias in older:
        async with aclosing(scan_older(library, alias, lowest)) as ids:
            async for _ in ids:
                older[alias] += 1
    return {alias: count for alias, count in older.items() if count}


async def _send(sender: AIOKafkaProducer, document: Document) -> None:
    await sender.send_and_wait(topics.DOCUMENTS.name, encode(document), key=document.key)


async def _delete_older_ledgers(settings: Settings, vocabulary_id: str, epoch: int) -> None:
    """Delete the ledgers of earlier epochs; their groups stay, so those epochs are not started again."""
    async with admin(settings) as client:
        names = set(await client.list_topics())
        older = [count_changelog(vocabulary_id, number) for number in range(epoch)]
        if outdated := [name for name in older if name in names]:
            await client.delete_topics(outdated)
