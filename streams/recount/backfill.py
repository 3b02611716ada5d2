"""The first pass of a new count: the facts that are in the captions topic already are counted in bulk.

Faust hands over facts one by one, and a count writes a movie's documents again whenever some arrive; from the
first offset that is most of the work. Here a partition is read to its end, each of its movies folded once, its
documents written, its facts put on the ledger; then the offset is committed, and the count stage goes on from
there. In this order: so whatever is cut short is done again, and changes nothing. Only partitions of which the
group has committed nothing are done; without any, there is nothing to do.

It is also how a recount never shows less than there is: a movie's documents are written once, as they stand at
the end of its facts. So a count of a later epoch does it by itself before it consumes: one of its
workers for all of them (`movietag.streams.recount.leader`).

    python -m movietag.streams.recount.backfill      # with the settings of the count; each line on stdout: facts done, in all
"""

from __future__ import annotations

import asyncio
import logging
import sys
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from functools import partial
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord
from elasticsearch import AsyncElasticsearch

from movietag import topics
from movietag.embedding.embedder import embedder_of
from movietag.errors import PermanentError, TransientError, UsageError
from movietag.fleet.joining import join_library
from movietag.kafka.clients import admin, make_consumer, make_producer
from movietag.kafka.epochs import configured_epoch, count_changelog, count_group, count_of
from movietag.kafka.incarnations import FIRST
from movietag.kafka.lag import has_members
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.kafka.whole import partitions_of
from movietag.kafka.widening import former_partitions, key_partition
from movietag.records import Document, MovieId, Placed, decode_fact, encode
from movietag.recount.current import Current, read_current, with_current
from movietag.recount.retagging import searched_vocabulary_id
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_indices
from movietag.search.index.losses import mark_filled, mark_filling
from movietag.search.index.others import ALIASES
from movietag.search.index.refresh import own_indices
from movietag.search.index.vectors import VectorWriter
from movietag.search.index.writer import MOST_DOCUMENTS, write_bulk
from movietag.settings import Settings, get_settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.ledger.pages import packed, page_key
from movietag.streams.runtime.preparing import Preparation
from movietag.streams.runtime.topics import INCARNATIONS, known_offset
from movietag.streams.watch.logs import write_lines
from movietag.vocabulary import load

IN_FLIGHT = 3  # batches on their way to Elasticsearch
POLL_MS = 1000

Tell = Callable[[int, int], None]

log = logging.getLogger("movietag")


def _unreported(done: int, total: int) -> None:
    """A progress callback that does nothing."""


def has_former(partition: TopicPartition) -> bool:
    """Whether facts of the movies of a partition may lie in others, as partitions were added."""
    known = INCARNATIONS.get(partition.topic, FIRST)
    return bool(former_partitions(partition.partition, known.widenings))


class Writes:
    """Writes documents in batches, a few batches at a time."""

    def __init__(self, write: Callable[[list[Document]], Coroutine[Any, Any, None]]) -> None:
        self._write = write
        self._batch: list[Document] = []
        self._under_way: deque[asyncio.Task[None]] = deque()

    async def add(self, documents: list[Document]) -> bool:
        """Add documents; blocks while too many batches are in flight. Returns whether a batch was started.

        Raises:
            what an earlier batch raised.
        """
        self._batch += documents
        full = len(self._batch) >= MOST_DOCUMENTS
        while len(self._batch) >= MOST_DOCUMENTS:
            await self._begin()
        return full

    async def end(self) -> None:
        """Return when all are written; raises as ``add``."""
        await self._begin()
        while self._under_way:
            await self._under_way.popleft()

    async def _begin(self) -> None:
        if len(self._under_way) == IN_FLIGHT:
            await self._under_way.popleft()
        batch, self._batch = self._batch[:MOST_DOCUMENTS], self._batch[MOST_DOCUMENTS:]
        self._under_way.append(asyncio.create_task(self._write(batch)))


class Backfill:
    """The bulk count of one vocabulary and epoch.

    Args:
        given: the settings of the count stage that goes on afterwards.
        consumer: of the count's group, without a subscription.
        producer: for pages, and for documents that Elasticsearch refuses.
        vectors: what gives frames their vectors, if anything.
        tell: is told the facts done, and all.
    """

    def __init__(
        self,
        settings: Settings,
        es: AsyncElasticsearch,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        vectors: VectorWriter,
        report: Tell,
    ) -> None:
        vocabulary, epoch = load(settings.vocabulary, settings.match), configured_epoch(settings)
        self._es, self._consumer, self._producer = es, consumer, producer
        self._vectors, self._tell = vectors, report
        self._match = Matcher(vocabulary)
        self._publisher = Publisher(
            vocabulary, epoch, settings.caption_language, settings.title_alphabet
        )
        self._changelog = count_changelog(vocabulary.vocabulary_id, epoch)
        self._worker = uuid.uuid4().hex[:12]
        self._pages = 0

    async def run(self, partitions: Iterable[TopicPartition], persist: Persistence) -> None:
        """Count the present facts of these partitions, except partitions with a committed offset.

        Raises:
            what ``persist`` raises.
        """
        ends = await self._consumer.end_offsets(list(partitions))
        done, total = 0, sum(ends.values())
        for partition, end in ends.items():
            report = partial(self._tell_of, done, total)
            await persist(partial(self._count_unless_done, partition, end, report))
            done += end
            self._tell(done, total)

    def _tell_of(self, before: int, total: int, done: int) -> None:
        self._tell(min(before + done, total), total)

    async def _count_unless_done(
        self, partition: TopicPartition, end: int, report: Callable[[int], None]
    ) -> None:
        if await self._consumer.committed(partition) is None:
            await self._count(partition, end, report)

    async def _count(
        self, partition: TopicPartition, end: int, report: Callable[[int], None]
    ) -> None:
        """Count one partition up to an offset, and commit that; tells how many facts are folded."""
        movies: dict[MovieId, list[ConsumerRecord]] = {}
        async for record in self._records(partition, end):
            try:
                movies.setdefault(decode_fact(record.value).movie_id, []).append(record)
            except PermanentError as error:  # the standing count has made a letter of it
                log.warning("%s/%d: %s", partition, record.offset, error.reason)
        writes, pages, folded = Writes(self._write), [], 0
        for movie_id in list(movies):
            records = movies.pop(movie_id)
            documents, its_pages = self._fold(movie_id, records)
            pages += its_pages
            folded += len(records)
            if await writes.add(documents):
                report(folded)
        await writes.end()
        sent = [
            await self._producer.send(self._changelog, page, key, partition.partition)
            for key, page in pages
        ]
        await asyncio.gather(*sent)
        await self._consumer.commit({partition: end})

    async def _records(self, partition: TopicPartition, end: int) -> AsyncIterator[ConsumerRecord]:
        """The facts of the movies of a partition before an offset, oldest first; raises UsageError for what cannot be read.

        Where partitions were added, older facts of its movies lie in other partitions, and in this one may be
        those of movies that have another partition now.
        """
        known = INCARNATIONS.get(partition.topic, FIRST)
        count = known.widenings[-1].partitions if known.widenings else 0
        for former in former_partitions(partition.partition, known.widenings):
            at = TopicPartition(partition.topic, former)
            async for record in self._all(at, known.widenings[-1].end_of(former)):
                if record.key and key_partition(record.key, count) == partition.partition:
                    yield record
        async for record in self._all(partition, end):
            if (
                not (count and record.key)
                or key_partition(record.key, count) == partition.partition
            ):
                yield record

    async def _all(self, partition: TopicPartition, end: int) -> AsyncIterator[ConsumerRecord]:
        self._consumer.assign([partition])
        await self._consumer.seek_to_beginning(partition)
        while await self._consumer.position(partition) < end:
            try:
                fetched = await self._consumer.getmany(partition, timeout_ms=POLL_MS)
            except UnreadableBatchError as batch:  # whoever started this decides, and repeats it
                raise UsageError(str(batch)) from batch
            for record in fetched.get(partition, ()):
                if record.offset < end:
                    yield record

    def _fold(
        self, movie_id: MovieId, records: Iterable[ConsumerRecord]
    ) -> tuple[list[Document], list[tuple[bytes, bytes]]]:
        """The documents of a movie and the pages of its facts, as the count stage leaves them."""
        facts = Facts(
            Placed(
                known_offset(record.topic, record.partition, record.offset),
                record.timestamp,
                decode_fact(record.value),
            )
            for record in records
        )
        result = tally(facts, self._match)
        kept = list(facts)
        if result is not None and result.at_rest:
            kept = result.kept(facts)
        pages = []
        for page in packed(kept):
            self._pages += 1
            pages.append((page_key(movie_id, self._worker, self._pages), page))
        return [] if result is None else list(self._publisher.documents(facts, result)), pages

    async def _write(self, documents: list[Document]) -> None:
        """Write a batch; what Elasticsearch refuses goes the usual way, where it becomes a letter."""
        for rejected in await write_bulk(self._es, await self._vectors.add(documents)):
            document = documents[rejected.position]
            await self._producer.send_and_wait(
                topics.DOCUMENTS.name, encode(document), document.key
            )


async def in_bulk(settings: Settings, persist: Persistence, report: Tell = _unreported) -> None:
    """Count the facts in the captions topic; retries until it succeeds.

    Frames get their vectors where the count is what is searched now; those of another vocabulary get them
    by `movietag embed`.

    Raises:
        UsageError: the indices or the embedder do not fit, or are another library's.
    """
    vocabulary = load(settings.vocabulary, settings.match)
    group = count_group(vocabulary.vocabulary_id, configured_epoch(settings))
    partitions = partitions_of(topics.CAPTIONS, settings.kafka_partitions)
    async with (
        connected(settings) as es,
        make_consumer(settings, group_id=group) as consumer,
        make_producer(settings) as producer,
    ):
        await persist(partial(_join, settings, es))
        begun = [at for at in partitions if await consumer.committed(at) is not None]
        # What is written in this pass is whole, unless an index is deleted in the midst of it.
        await persist(partial(ensure_indices, es, vocabulary, ALIASES if begun else ()))
        indices = own_indices(vocabulary)
        if not begun:
            await persist(partial(mark_filling, es, indices))
        searched = await searched_vocabulary_id(es) == vocabulary.vocabulary_id
        vectors = VectorWriter(es, embedder_of(settings.embedder) if searched else None)
        await Backfill(settings, es, consumer, producer, vectors, report).run(partitions, persist)
        await persist(partial(mark_filled, es, indices))


async def _join(settings: Settings, es: AsyncElasticsearch) -> None:
    await join_library(settings, es)


async def refuse_counts_before(settings: Settings) -> None:
    """Refuse to start while a count of an earlier epoch runs.

    What it writes meanwhile, searches would see, and then not see any more.

    Raises:
        TransientError: one has members now, or Kafka is unreachable.
    """
    vocabulary_id = load(settings.vocabulary, settings.match).vocabulary_id
    async with admin(settings) as client:
        for name, *_ in await client.list_consumer_groups():
            count = count_of(name)
            earlier = count and count[0] == vocabulary_id and count[1] < configured_epoch(settings)
            if earlier and await has_members(client, name):
                raise TransientError(
                    f"Group {name} still counts, in an epoch before; it has to end."
                )


def _print(done: int, total: int) -> None:
    print(done, total, flush=True)  # noqa: T201  # whoever started this reads it


async def main() -> None:
    """Prepare as the count does, then count in bulk."""
    persist = Persistence("backfill")
    current: list[Current] = []

    async def ask() -> None:
        current.append(await read_current(get_settings()))

    await persist(ask)
    settings = with_current(get_settings(), current[-1])
    epoch = configured_epoch(settings)
    vocabulary_id = load(settings.vocabulary, settings.match).vocabulary_id
    preparation = Preparation(settings, count_group(vocabulary_id, epoch))
    preparation.keep(count_changelog(vocabulary_id, epoch), topics.CAPTIONS)
    await preparation.do(persist)
    await persist(partial(refuse_counts_before, settings))
    await in_bulk(settings, persist, _print)


if __name__ == "__main__":
    settings = get_settings()
    write_lines(settings.log_level, settings.log_format, "backfill")
    for chatty in ("aiokafka", "elastic_transport"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        uvloop.run(main())
    except UsageError as error:
        sys.exit(f"backfill: {error}")
