"""Repairs the plan's ledger: damaged pages are rewritten without their unreadable parts.

What can be read of such a page goes onto a new one, with the plans of its movie that lie in `movietag.captions`
and the outcomes that lie in `movietag.requests`; then the old page is deleted. What only the page has held (that
a request was answered, and no plan made) is gone: such a request is judged again if it is delivered again. The
plan stage has to be stopped meanwhile, and reads the new pages when it starts. The count's ledger is repaired by
`movietag recount`.

    python -m movietag.streams.ledger.repair      # with the settings of the plan stage; a line for each movie
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Sequence

from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.errors import MovietagError, PermanentError
from movietag.kafka.clients import make_consumer, make_producer
from movietag.kafka.incarnations import read_incarnations
from movietag.records import (
    MovieId,
    Placed,
    Plan,
    Settled,
    decode_fact,
    decode_request,
)
from movietag.rules.facts import Facts
from movietag.settings import Settings, get_settings
from movietag.streams.ledger.changelog import ChangelogReader, Row
from movietag.streams.ledger.pages import SEPARATOR, Unpacked, packed, page_key, salvaged
from movietag.streams.runtime.topics import INCARNATIONS, known_offset
from movietag.topics import TopicSpec

CHANGELOG = f"{topics.stage_group('plan')}-plans-changelog"
Say = Callable[[str], None]


class Damaged:
    """A movie with damaged pages, and the facts known of it."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.pages: dict[bytes, Unpacked] = {}
        self.facts = Facts()

    def take(self, placed: Placed) -> None:
        """Add a fact to those that are still readable."""
        self.facts.add(placed)


async def repair_ledger(settings: Settings, say: Say) -> int:
    """Repair all damaged pages; returns their number.

    Raises:
        KafkaError, OSError: Kafka is away; done again, it goes on.
    """
    damaged = await _damaged(settings)
    if damaged:
        INCARNATIONS.update(await read_incarnations(settings, topics.BY_NAME))
        await _recover(settings, damaged)
        worker = uuid.uuid4().hex[:12]
        async with make_producer(settings) as producer:
            for movie_id, movie in damaged.items():
                await _write(producer, movie_id, movie, worker)
                plans = len(movie.facts.plans())
                faults = "; ".join(fault for page in movie.pages.values() for fault in page.faults)
                say(
                    f"{movie_id}: {len(movie.pages)} pages repaired, {plans} plans known ({faults})"
                )
    return sum(len(movie.pages) for movie in damaged.values())


async def _damaged(settings: Settings) -> dict[MovieId, Damaged]:
    rows: dict[bytes, tuple[int, bytes]] = {}

    def put(partition: int, read: Sequence[Row]) -> None:
        for key, page in read:
            if page is None:
                rows.pop(key, None)
            elif key.partition(SEPARATOR)[0]:  # else it is the mark of a ledger in use
                rows[key] = (partition, page)

    await ChangelogReader(settings, CHANGELOG, put).read(range(settings.kafka_partitions))
    movies: dict[MovieId, Damaged] = {}
    for key, (partition, page) in rows.items():
        read = salvaged(page)
        if read.faults:
            movie_id = MovieId(key.partition(SEPARATOR)[0].decode("utf-8", "replace"))
            movie = movies.setdefault(movie_id, Damaged(partition))
            movie.pages[key] = read
            for placed in read.facts:
                movie.take(placed)
    return movies


async def _recover(settings: Settings, damaged: dict[MovieId, Damaged]) -> None:
    """Find the plans and outcomes of these movies in their topics."""
    async for record in _records(settings, topics.CAPTIONS):
        fact = _read(decode_fact, record, damaged)
        if isinstance(fact, Plan):
            damaged[fact.movie_id].take(Placed(_asked_at(fact), fact.made_ms, fact))
    async for record in _records(settings, topics.REQUESTS):
        fact = _read(decode_request, record, damaged)
        if isinstance(fact, Settled):
            damaged[fact.movie_id].take(
                Placed(
                    known_offset(record.topic, record.partition, record.offset),
                    record.timestamp,
                    fact,
                )
            )


def _read(
    decode: Callable[[bytes | None], object],
    record: ConsumerRecord,
    damaged: dict[MovieId, Damaged],
) -> object:
    """The message, if it is of one of these movies."""
    if (record.key or b"").decode("utf-8", "replace") not in damaged:
        return None
    try:
        return decode(record.value)
    except PermanentError:
        return None


def _asked_at(plan: Plan) -> int:
    """The offset of the request that a plan answers: its rank begins with it."""
    number = plan.rank.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() else 0


async def _records(settings: Settings, topic: TopicSpec) -> AsyncIterator[ConsumerRecord]:
    """All messages that lie in a topic now."""
    partitions = [TopicPartition(topic.name, at) for at in range(settings.kafka_partitions)]
    async with make_consumer(settings) as consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        while any([await consumer.position(place) < ends[place] for place in partitions]):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    yield record


async def _write(
    producer: AIOKafkaProducer, movie_id: MovieId, movie: Damaged, worker: str
) -> None:
    """Write the new pages, then delete the old: cut short between, both are there, and nothing is lost."""
    facts = list(movie.facts)
    if facts:
        for number, page in enumerate(packed(facts), 1):
            key = page_key(movie_id, worker, number)
            await producer.send_and_wait(CHANGELOG, page, key, movie.partition)
    for key in movie.pages:
        await producer.send_and_wait(CHANGELOG, None, key, movie.partition)


def main() -> None:
    """Repair and print the result; exit status 1 if that is impossible."""

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201  # whoever started this reads it

    try:
        done = asyncio.run(repair_ledger(get_settings(), say))
    except (MovietagError, KafkaError, OSError) as error:
        sys.exit(f"repair: {error}")
    say(f"{done} damaged pages in the plan's ledger." + ("" if done else " Nothing is to be done."))


if __name__ == "__main__":
    main()
