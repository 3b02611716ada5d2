"""The count stage on a real Kafka: exact documents, whatever is repeated or killed."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition
from support.patience import within
from support.records import caption, manifest, plan
from support.stage_processes import running

from movietag import topics
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.local.stack import Stack
from movietag.records import Document, Fact, MovieId, Placed, decode, encode
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.settings import Settings
from movietag.vocabulary import load

MPST = load("mpst")
VIDEOS, SLOTS, MOVIES = "abcde", 10, 12
Bodies = dict[bytes, Mapping[str, Any] | None]


def story(movie: str, rng: random.Random) -> list[Fact]:
    """All facts of a movie: manifests before, between or after their captions, six facts twice."""
    facts: list[Fact] = []
    for name in VIDEOS:
        for slot in range(SLOTS):
            said = " and ".join(rng.sample(MPST.tags, 2))
            facts.append(caption(name, slot, said))
        facts.insert(rng.randrange(len(facts) + 1), manifest(name, SLOTS))
    facts = [plan(*VIDEOS, wanted=len(VIDEOS)), *facts]
    facts += rng.sample(facts, 6)
    return [msgspec.structs.replace(fact, movie_id=MovieId(movie)) for fact in facts]


def expected(stories: Iterable[list[Placed]]) -> dict[bytes, tuple[int, object]]:
    """Each document's body, with the version of the last fact: the highest that it may have."""
    found: dict[bytes, tuple[int, object]] = {}
    publisher, match = Publisher(MPST, 0, "english"), Matcher(MPST)
    for facts in stories:
        folded = Facts(facts)
        result = tally(folded, match)
        assert result is not None
        assert (result.complete, result.images) == (True, len(VIDEOS) * SLOTS)
        for document in publisher.documents(folded, result):
            found[document.key] = (document.version, body(document))
    return found


def body(document: Document) -> object:
    """The body without the broker's times, which a generator cannot know."""
    content = msgspec.json.decode(document.body)
    return {key: value for key, value in content.items() if not key.endswith("_ms")}


async def send(producer: AIOKafkaProducer, fact: Fact) -> Placed:
    """Put a fact on its topic; where it lies there."""
    key = fact.movie_id.encode()
    at = await producer.send_and_wait(topics.CAPTIONS.name, encode(fact), key)
    return Placed(at.offset, at.timestamp, fact)


async def newest(settings: Settings, run: str, wanted: int) -> dict[bytes, tuple[int, object]]:
    """The newest version of each document of this run, once nothing more comes."""
    found: dict[bytes, tuple[int, object]] = {}
    async with make_consumer(settings) as consumer:
        consumer.assign(
            [
                TopicPartition(topics.DOCUMENTS.name, number)
                for number in range(settings.kafka_partitions)
            ]
        )
        idle = 0
        while idle < 3 or len(found) < wanted:
            batch = await consumer.getmany(timeout_ms=1000)
            idle = 0 if batch else idle + 1
            assert idle < 40, f"{len(found)} of {wanted} documents came"
            for record in (record for records in batch.values() for record in records):
                if run.encode() in record.key:
                    document = decode(Document, record.value)
                    if record.key not in found or found[record.key][0] <= document.version:
                        found[record.key] = (document.version, body(document))
    return found


def check(
    found: Mapping[bytes, tuple[int, object]], wanted: dict[bytes, tuple[int, object]]
) -> None:
    """The newest of each document has the body that is wanted, and none is from beyond the last fact.

    A document that has not changed since it was sent is not sent again, and keeps its lower version.
    """
    assert {key: content for key, (_, content) in found.items()} == {
        key: content for key, (_, content) in wanted.items()
    }
    late = {key: number for key, (number, _) in found.items() if number > wanted[key][0]}
    assert not late


async def test_documents_are_exact_in_whatever_order_facts_come(kafka: Stack) -> None:
    run, rng = secrets.token_hex(4), random.Random(7)
    stories = {f"m{number}-{run}": story(f"m{number}-{run}", rng) for number in range(MOVIES)}
    waiting = {movie: list(facts) for movie, facts in stories.items()}
    placed: dict[str, list[Placed]] = {movie: [] for movie in stories}
    await create_topics(kafka.settings)
    async with make_producer(kafka.settings) as producer:
        with running("count", kafka.settings) as stage:
            while waiting:
                movie = rng.choice(sorted(waiting))
                fact = waiting[movie].pop(0)
                if not waiting[movie]:
                    del waiting[movie]
                placed[movie].append(await send(producer, fact))
            wanted = expected(placed.values())
            check(await newest(kafka.settings, run, len(wanted)), wanted)
            assert stage.stop() == 0


async def test_a_message_that_is_no_fact_becomes_a_letter_and_the_stage_goes_on(
    kafka: Stack,
) -> None:
    run = secrets.token_hex(4)
    movie, rubbish = f"m-{run}", b"\xff\x00 no fact " + run.encode()
    await create_topics(kafka.settings)
    async with make_producer(kafka.settings) as producer:
        await producer.send_and_wait(topics.CAPTIONS.name, rubbish, movie.encode())
        facts = [await send(producer, fact) for fact in story(movie, random.Random(1))]
    with running("count", kafka.settings):
        wanted = expected([facts])
        check(await newest(kafka.settings, run, len(wanted)), wanted)
    async with make_consumer(kafka.settings) as consumer:
        places = [
            TopicPartition(topics.DEAD_LETTERS.name, number)
            for number in range(kafka.settings.kafka_partitions)
        ]
        consumer.assign(places)
        async with within(30):  # others' letters lie there, too
            while (await consumer.getone()).value != rubbish:
                pass
