"""Counting the kept captions with another vocabulary: what `movietag retag` does beside running stages.

A count of another vocabulary is another consumer group, with a ledger and indices of its own: it reads all
facts from the first while the standing count goes on and searches are answered from the standing indices.
The index stage writes the documents of both. Once nothing is left to count and to write, Kafka is told that the
other vocabulary stands (``movietag.recount.current``): the stages start anew with it, and the index stage points the
aliases at its indices in one step. Then indices and ledger of the former one are deleted: nobody counts there any
more, so what is forgotten would stay.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from elasticsearch import AsyncElasticsearch

from movietag import topics
from movietag.documents import MOVIE_TAGS, MOVIES, vocabulary_of
from movietag.errors import TransientError, UsageError
from movietag.kafka.clients import create_topics, make_admin
from movietag.kafka.epochs import count_changelog, count_group, count_of, given_epoch
from movietag.kafka.lag import (
    INDEX_GROUP,
    PATIENCE,
    POLL_SECONDS,
    Say,
    admin_of,
    away,
    caught_up,
    has_members,
)
from movietag.recount.recounting import epochs_of, require_facts
from movietag.search.client import connected, transient_errors
from movietag.search.index.ensuring import ensure_indices
from movietag.search.index.others import other_indices
from movietag.search.index.refresh import has_indices, pause_refreshing, resume_refreshing
from movietag.search.index.renewing import renew
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary

MOST_TAGGERS = 10  # named in an error


async def prepare(settings: Settings, vocabulary: Vocabulary) -> int:
    """Refuse what cannot be counted with another vocabulary; make its ledger and indices, without aliases.

    Args:
        settings: with the vocabulary that stands.
        vocabulary: to be counted.

    Returns:
        The epoch to count in: that of an earlier count of this vocabulary, or the next where what it had
        worked out is gone.

    Raises:
        UsageError: facts are missing from their topic, frames were scored, or an index is in the way.
        TransientError: a server is away.
    """
    try:
        await require_facts(settings, or_none=True)
    except (KafkaError, OSError) as error:
        raise away(settings, error) from error
    ledgers, groups = await epochs_of(settings, vocabulary.vocabulary_id)
    async with connected(settings) as es:
        _refuse_scored(settings, await scored_taggers(es))
        epoch = max({given_epoch(settings)} | ledgers | groups)
        if epoch in groups and not (epoch in ledgers and await has_indices(es, vocabulary)):
            epoch += 1
        # The ledger first: cut short after the indices, a repetition would take them for complete.
        await create_topics(
            settings, {count_changelog(vocabulary.vocabulary_id, epoch): topics.LEDGER}
        )
        await ensure_indices(es, vocabulary)
        if await standing_id(es) != vocabulary.vocabulary_id:
            await pause_refreshing(es, vocabulary)
    return epoch


async def scored_taggers(es: AsyncElasticsearch) -> dict[str, int]:
    """Taggers that scored the tags of one vocabulary instead of writing captions -> their movies.

    Such a frame has a confidence for each tag that counts, and these as its caption: no text in which
    other tags could be looked for. Their finished movies are known by the confidence of their tags.
    """
    asked = {
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
        answer = await es.search(index=MOVIE_TAGS, body=asked)
    buckets = answer["aggregations"]["taggers"]["buckets"]
    return {bucket["key"]: bucket["movies"]["value"] for bucket in buckets}


def _refuse_scored(settings: Settings, found: dict[str, int]) -> None:
    if not found and settings.tagger_mode == "caption":
        return
    movies = ", ".join(f"{number:,} of {tagger}" for tagger, number in found.items())
    raise UsageError(
        "Frames whose tags were scored cannot be counted with another vocabulary: their captions are nothing but the tags that were scored."
        + (f" Movies with such frames: {movies}." if movies else "")
        + " Set MOVIETAG_TAGGER_MODE=caption, start the stack with it, and add these movies again"
        " (`movietag add --refresh`); or set MOVIETAG_VOCABULARY and refresh them in the mode `tags`."
    )


async def standing_id(es: AsyncElasticsearch) -> str | None:
    """The id of the vocabulary at whose indices the aliases point; None before the first start."""
    with transient_errors(es):
        if not await es.indices.exists_alias(name=MOVIES):
            return None
        found = await es.indices.get_alias(name=MOVIES)
    return vocabulary_of(next(iter(found.body)))


async def counted(settings: Settings, vocabulary: Vocabulary, epoch: int, say: Say) -> None:
    """Wait until the count has counted, and the index stage has written, all there is; it can be searched then.

    Twice: what arrived during the first wait is little, and is waited for as well.

    Raises:
        TransientError: a server is away, or a stage has not got on for a while.
    """
    group = count_group(vocabulary.vocabulary_id, epoch)
    try:
        for _ in range(2):
            await caught_up(settings, "count", group, topics.CAPTIONS, say)
            await caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, say)
    except (KafkaError, OSError) as error:
        raise away(settings, error) from error
    async with connected(settings) as es:
        await renew(es, vocabulary)
        await resume_refreshing(es, vocabulary)


async def taken_up(settings: Settings, vocabulary: Vocabulary, say: Say) -> None:
    """Wait until the stages have turned to it: searches go there, and nobody counts with another any more.

    Raises:
        TransientError: a server is away, or a stage goes on as before for ``PATIENCE`` seconds.
    """
    until = time.monotonic() + PATIENCE
    async with admin_of(settings) as admin, connected(settings) as es:
        while True:
            searched = await standing_id(es) == vocabulary.vocabulary_id
            running = await _running(admin, vocabulary)
            say("turning", searched + (not running), 2)
            if searched and not running:
                return
            if time.monotonic() > until:
                raise TransientError(
                    f"{vocabulary.vocabulary_id} stands, but {running or 'the index stage'} has not turned"
                    f" to it for {PATIENCE:.0f} s. Restart the stages count and index; then repeat the command."
                )
            await asyncio.sleep(POLL_SECONDS)


async def _running(admin: AIOKafkaAdminClient, vocabulary: Vocabulary) -> str:
    """The consumer group of a running count of another vocabulary; empty: there is none."""
    groups = [group for group, *_ in await admin.list_consumer_groups()]
    for group in _of_others(groups, vocabulary):
        if await has_members(admin, group):
            return group
    return ""


async def refuse_running(settings: Settings, vocabulary: Vocabulary) -> None:
    """Refuse to delete what a count of another vocabulary still works with.

    Raises:
        UsageError: one runs; the text names its group.
        TransientError: Kafka is away.
    """
    async with admin_of(settings) as admin:
        if group := await _running(admin, vocabulary):
            raise UsageError(
                f"A count of another vocabulary still runs: consumer group {group} has members. Stop it, then"
                " repeat the command: it deletes what that count has left."
            )


async def delete_others(settings: Settings, vocabulary: Vocabulary, say: Say) -> list[str]:
    """Delete the indices and ledgers of all other vocabularies, whose counts run no more.

    A movie that is forgotten from now on would stand there for ever. Not before the index stage has
    written what those counts have sent: it would make letters of it. May be repeated.

    Returns:
        The ids of the vocabularies whose indices are gone.

    Raises:
        TransientError: a server is away, or the index stage has not got on for a while.
    """
    admin = make_admin(settings)
    try:
        await caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, say)
        async with connected(settings) as es:
            others = await other_indices(es, vocabulary.vocabulary_id)
            if others:
                with transient_errors(es):
                    await es.indices.delete(index=list(others), ignore_unavailable=True)
        await admin.start()
        names = _of_others(await admin.list_topics(), vocabulary)
        if names:
            await admin.delete_topics(names)
    except (KafkaError, OSError) as error:
        raise away(settings, error) from error
    finally:
        await admin.close()
    return sorted(set(others.values()))


def _of_others(names: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """Of groups or topics those that belong to counts of other vocabularies."""
    counts = ((name, count_of(name)) for name in names)
    return [name for name, count in counts if count and count[0] != vocabulary.vocabulary_id]
