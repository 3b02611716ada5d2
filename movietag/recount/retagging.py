"""Counting the retained captions with another vocabulary: what `movietag retag` does in addition to running stages.

A count with another vocabulary has a consumer group, a ledger and indices of its own. It reads all facts from the
first, while the current count continues and searches use the current indices; the index stage writes the
documents of both. Once both have caught up, the other vocabulary becomes current in Kafka
(``movietag.recount.current``): the stages restart with it, and the index stage switches the aliases to its indices
in one step. Then the indices and the ledger of the former vocabulary are deleted: no count updates them any more,
so forgotten movies would stay in them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient
from elasticsearch import AsyncElasticsearch

from movietag import topics
from movietag.documents import MOVIE_TAGS, MOVIES, vocabulary_of
from movietag.errors import TransientError, UsageError
from movietag.fleet.joining import join_library
from movietag.kafka.catching_up import PATIENCE, POLL_SECONDS, Report, wait_until_caught_up
from movietag.kafka.clients import admin, create_topics
from movietag.kafka.epochs import configured_epoch, count_changelog, count_group, count_of
from movietag.kafka.lag import INDEX_GROUP, has_members
from movietag.recount.recounting import epochs_of, require_facts
from movietag.search.client import connected, transient_errors
from movietag.search.index.ensuring import ensure_indices
from movietag.search.index.others import other_indices
from movietag.search.index.refresh import has_indices, pause_refreshing, resume_refreshing
from movietag.search.index.renewing import renew
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary

MOST_TAGGERS = 10  # named in an error


async def prepare_retag(settings: Settings, vocabulary: Vocabulary) -> int:
    """Check that a retag is possible, and create the ledger and the indices of the vocabulary, without aliases.

    Args:
        settings: with the current vocabulary.
        vocabulary: the one to count with.

    Returns:
        The epoch to count in: that of an earlier count with this vocabulary, or the next one if the results
        of that count are gone.

    Raises:
        UsageError: facts are missing from their topic, frames were scored, an index is in the way, or Elasticsearch is another
            library's.
        TransientError: a server is unreachable.
    """
    await require_facts(settings, or_none=True)
    ledgers, groups = await epochs_of(settings, vocabulary.vocabulary_id)
    async with connected(settings) as es:
        await join_library(settings, es)
        _refuse_scored(settings, await scored_taggers(es))
        epoch = max({configured_epoch(settings)} | ledgers | groups)
        if epoch in groups and not (epoch in ledgers and await has_indices(es, vocabulary)):
            epoch += 1
        # The ledger first: if only the indices existed after a crash, a repetition would take them for complete.
        await create_topics(
            settings, {count_changelog(vocabulary.vocabulary_id, epoch): topics.LEDGER}
        )
        await ensure_indices(es, vocabulary)
        if await searched_vocabulary_id(es) != vocabulary.vocabulary_id:
            await pause_refreshing(es, vocabulary)
    return epoch


async def scored_taggers(es: AsyncElasticsearch) -> dict[str, int]:
    """Taggers that scored the tags of one vocabulary instead of writing captions -> number of their movies.

    A scored frame has a confidence for each of its tags, and these tags as its caption: no text in which
    other tags could match. Its movie is recognized by the confidence of the movie's tags.
    """
    query = {
        "size": 0,
        "query": {"exists": {"field": "confidence"}},
        "aggs": {
            "taggers": {
                "terms": {"field": "tagger", "size": MOST_TAGGERS},
                "aggs": {"movies": {"cardinality": {"field": "movie_id"}}},
            }
        },
    }
    with transient_errors(es):
        response = await es.search(index=MOVIE_TAGS, body=query, allow_partial_search_results=False)
    buckets = response["aggregations"]["taggers"]["buckets"]
    return {bucket["key"]: bucket["movies"]["value"] for bucket in buckets}


def _refuse_scored(settings: Settings, movies_of: dict[str, int]) -> None:
    if not movies_of and settings.tagger_mode == "caption":
        return
    movies = ", ".join(f"{number:,} of {tagger}" for tagger, number in movies_of.items())
    raise UsageError(
        "Frames whose tags were scored cannot be counted with another vocabulary: their captions hold only the"
        " tags that were scored."
        + (f" Movies with such frames: {movies}." if movies else "")
        + " Set MOVIETAG_TAGGER_MODE=caption, start the stack with it, and add these movies again"
        " (`movietag add --refresh`); or set MOVIETAG_VOCABULARY and refresh them in the mode that scored them."
    )


async def searched_vocabulary_id(es: AsyncElasticsearch) -> str | None:
    """The id of the vocabulary whose indices the aliases point to; None before the first start."""
    with transient_errors(es):
        if not await es.indices.exists_alias(name=MOVIES):
            return None
        response = await es.indices.get_alias(name=MOVIES)
    return vocabulary_of(next(iter(response.body)))


async def wait_until_counted(
    settings: Settings, vocabulary: Vocabulary, epoch: int, report: Report
) -> None:
    """Wait until the count has counted all facts and the index stage has written them; then enable searching.

    It waits twice: what arrived during the first wait is little, and is waited for as well.

    Raises:
        TransientError: a server is unreachable, or a stage made no progress for ``PATIENCE`` seconds.
    """
    group = count_group(vocabulary.vocabulary_id, epoch)
    for _ in range(2):
        await wait_until_caught_up(settings, "count", group, topics.CAPTIONS, report)
        await wait_until_caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, report)
    async with connected(settings) as es:
        await renew(es, vocabulary)
        await resume_refreshing(es, vocabulary)


async def wait_until_adopted(settings: Settings, vocabulary: Vocabulary, report: Report) -> None:
    """Wait until the stages use a vocabulary: searches use its indices, and no count of another one runs.

    Raises:
        TransientError: a server is unreachable, or a stage has not switched after ``PATIENCE`` seconds.
    """
    until = time.monotonic() + PATIENCE
    async with admin(settings) as client, connected(settings) as es:
        while True:
            searched = await searched_vocabulary_id(es) == vocabulary.vocabulary_id
            running = await _running(client, vocabulary)
            report("turning", searched + (not running), 2)
            if searched and not running:
                return
            if time.monotonic() > until:
                raise TransientError(
                    f"{vocabulary.vocabulary_id} is current, but {running or 'the index stage'} has not"
                    f" switched to it after {PATIENCE:.0f} s. Restart the stages count and index; then repeat"
                    " the command."
                )
            await asyncio.sleep(POLL_SECONDS)


async def _running(client: AIOKafkaAdminClient, vocabulary: Vocabulary) -> str:
    """The consumer group of a running count of another vocabulary; empty if none runs."""
    groups = [group for group, *_ in await client.list_consumer_groups()]
    for group in _of_others(groups, vocabulary):
        if await has_members(client, group):
            return group
    return ""


async def refuse_running(settings: Settings, vocabulary: Vocabulary) -> None:
    """Refuse to delete the data of a count of another vocabulary while it runs.

    Raises:
        UsageError: one runs; the text names its group.
        TransientError: Kafka is unreachable.
    """
    async with admin(settings) as client:
        if group := await _running(client, vocabulary):
            raise UsageError(
                f"A count of another vocabulary still runs: consumer group {group} has members. Stop it, then"
                " repeat the command: it deletes what that count has left."
            )


async def delete_others(settings: Settings, vocabulary: Vocabulary, report: Report) -> list[str]:
    """Delete the indices and ledgers of all other vocabularies, whose counts no longer run.

    A movie that is forgotten from now on would stay in them for ever. The index stage must first have written
    what those counts have sent: without their indices it would make dead letters of it. May be repeated.

    Returns:
        The ids of the vocabularies whose indices were deleted.

    Raises:
        TransientError: a server is unreachable, or the index stage made no progress for ``PATIENCE`` seconds.
    """
    await wait_until_caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, report)
    async with connected(settings) as es:
        await join_library(settings, es)
        others = await other_indices(es, vocabulary.vocabulary_id)
        if others:
            with transient_errors(es):
                await es.indices.delete(index=list(others), ignore_unavailable=True)
    async with admin(settings) as client:
        names = _of_others(await client.list_topics(), vocabulary)
        if names:
            await client.delete_topics(names)
    return sorted(set(others.values()))


def _of_others(names: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """Of these groups or topics, those of counts of other vocabularies."""
    counts = ((name, count_of(name)) for name in names)
    return [name for name, count in counts if count and count[0] != vocabulary.vocabulary_id]
