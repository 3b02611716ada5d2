"""A page of a ledger that cannot be read takes nothing along, and can be repaired."""

from __future__ import annotations

import secrets
import zlib

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.structs import RecordMetadata
from support.patience import within
from support.records import caption, manifest, plan
from support.stage_processes import running

from movietag import topics
from movietag.documents import MOVIES, index_name
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.kafka.epochs import count_changelog
from movietag.local.stack import Stack
from movietag.records import (
    Document,
    Fact,
    LedgerFact,
    MovieId,
    Placed,
    Settled,
    TaggerId,
    decode,
    encode,
)
from movietag.settings import Settings
from movietag.streams.ledger.pages import packed, page_key, unpacked
from movietag.streams.ledger.repair import CHANGELOG, repair_ledger
from movietag.vocabulary import load

COUNTED = index_name(MOVIES, load("mpst").vocabulary_id)
BAD_TAGGER = TaggerId("two words")


def story(movie: MovieId) -> list[Fact]:
    facts: list[Fact] = [plan("a", wanted=1), manifest("a", 2), caption("a", 0, "A 'murder'.")]
    facts.append(caption("a", 1, "A 'murder'."))
    return [msgspec.structs.replace(fact, movie_id=movie) for fact in facts]


def damaged(*facts: Placed) -> bytes:
    """A page as an older version could write it: nobody looked at it then."""
    return zlib.compress(msgspec.msgpack.encode(list(facts)))


async def sent(settings: Settings, topic: str, *messages: tuple[bytes, bytes]) -> RecordMetadata:
    async with make_producer(settings) as producer:
        for key, value in messages:
            last = await producer.send_and_wait(topic, value, key)
    return last


async def rows(settings: Settings, topic: str, movie: str) -> dict[bytes, bytes]:
    """The pages of a movie that stand in a changelog."""
    found: dict[bytes, bytes] = {}
    places = [TopicPartition(topic, at) for at in range(settings.kafka_partitions)]
    async with make_consumer(settings) as consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                for record in batch:
                    if (record.key or b"").startswith(movie.encode() + b"|"):
                        found[record.key] = record.value
    return {key: value for key, value in found.items() if value is not None}


@pytest.mark.slow
async def test_a_count_goes_on_without_a_page_that_it_cannot_read(stack: Stack) -> None:
    movie = MovieId(f"m-{secrets.token_hex(4)}")
    changelog = count_changelog(load("mpst").vocabulary_id, 0)
    first, *rest = story(movie)
    bad = msgspec.structs.replace(plan("b", revision=7, tagger=BAD_TAGGER), movie_id=movie)
    await create_topics(stack.settings)
    with running("count", stack.settings) as stage:
        await stage.works()
        assert stage.stop() == 0
    last = await sent(stack.settings, topics.CAPTIONS.name, (movie.encode(), encode(first)))
    async with make_producer(stack.settings) as producer:
        place = last.partition
        good = Placed(last.offset, 5, first)
        page = damaged(good, Placed(last.offset + 50, 5, bad))
        await producer.send_and_wait(changelog, page, page_key(movie, "old", 1), place)
        await producer.send_and_wait(changelog, b"rubbish", page_key(movie, "old", 2), place)
    messages = [(movie.encode(), encode(fact)) for fact in rest]
    await sent(stack.settings, topics.CAPTIONS.name, *messages)
    with running("count", stack.settings) as stage:
        async with make_consumer(stack.settings) as consumer, within(60):
            consumer.assign(
                [
                    TopicPartition(topics.DOCUMENTS.name, at)
                    for at in range(stack.settings.kafka_partitions)
                ]
            )
            async for record in consumer:
                if record.key.startswith(f"{COUNTED}/{movie}".encode()):
                    body = msgspec.json.decode(decode(Document, record.value).body)
                    if body["status"] == "complete":
                        break
        assert body["images"] == 2
        await stage.says(f"page {page_key(movie, 'old', 2)!r} of facts: no page")
        assert "$.tagger" in stage.log
        assert stage.stop() == 0
    assert {page_key(movie, "old", 1), page_key(movie, "old", 2)} <= (
        await rows(stack.settings, changelog, movie)
    ).keys()


@pytest.mark.slow
async def test_the_plans_ledger_is_repaired_from_what_lies_in_topics(stack: Stack) -> None:
    movie = MovieId(f"m-{secrets.token_hex(4)}")
    await create_topics(stack.settings)
    with running("plan", stack.settings) as stage:  # makes the ledger
        await stage.works()
        assert stage.stop() == 0
    lost = msgspec.structs.replace(plan("a", rank="00000000000000000017.ab"), movie_id=movie)
    kept = msgspec.structs.replace(lost, revision=1, rank="00000000000000000018.ab")
    bad = msgspec.structs.replace(lost, revision=2, tagger=BAD_TAGGER)
    outcome = Settled(movie, 1, 4)
    await sent(stack.settings, topics.CAPTIONS.name, (movie.encode(), encode(lost)))
    told = await sent(stack.settings, topics.REQUESTS.name, (movie.encode(), encode(outcome)))
    (whole,) = packed([Placed(19, 9, kept)])
    async with make_producer(stack.settings) as producer:
        for number, page in enumerate(
            (damaged(Placed(18, 8, kept), Placed(20, 9, bad)), b"rubbish", whole), 1
        ):
            key = page_key(movie, "old", number)
            await producer.send_and_wait(CHANGELOG, page, key, told.partition)
    lines: list[str] = []
    assert await repair_ledger(stack.settings, lines.append) == 2
    assert [line for line in lines if line.startswith(f"{movie}: 2 pages repaired, 2 plans known")]
    found = await rows(stack.settings, CHANGELOG, movie)
    assert not {page_key(movie, "old", 1), page_key(movie, "old", 2)} & found.keys()
    facts: set[tuple[int, LedgerFact]] = set()
    for page in found.values():
        facts |= {(item.offset, item.fact) for item in unpacked(page)}
    assert {(17, lost), (18, kept), (told.offset, outcome)} <= facts
    assert await repair_ledger(stack.settings, lines.append) == 0
