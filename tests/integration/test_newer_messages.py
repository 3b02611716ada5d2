"""Stages beside newer ones: what they do not know is passed over and kept, and nothing becomes a dead letter."""

from __future__ import annotations

import json
import secrets
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.patience import within
from support.records import SAMPLING, TAGGER, caption, manifest, plan, video
from support.stage_processes import running

from movietag import topics
from movietag.documents import MOVIES, index_name
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.kafka.epochs import count_changelog
from movietag.local.stack import Stack
from movietag.records import (
    Document,
    LedgerFact,
    MovieId,
    Record,
    Unknown,
    VideoFailed,
    VideoJob,
    decode,
    decode_request,
    encode,
)
from movietag.settings import Settings
from movietag.streams.ledger.pages import unpacked
from movietag.vocabulary import load

COLOUR = {"of": ["red", 1.5]}


def newer(record: Record, movie: str, **more: Any) -> bytes:
    tree = json.loads(encode(record))
    return json.dumps({**tree, "movie_id": movie, "v": 99, "colour": COLOUR, **more}).encode()


async def until(consumer: AIOKafkaConsumer, movie: str, wanted: int = 1) -> list[bytes]:
    """The messages with this movie's key, or in whose key it stands."""
    found: list[bytes] = []
    async with within(60):
        async for record in consumer:
            if record.value is not None and movie.encode() in (record.key or b""):
                found.append(record.value)
                if len(found) == wanted:
                    return found
    raise AssertionError


def reading(settings: Settings, consumer: AIOKafkaConsumer, topic: str) -> AIOKafkaConsumer:
    consumer.assign([TopicPartition(topic, at) for at in range(settings.kafka_partitions)])
    return consumer


async def letters_of(settings: Settings, movie: str) -> list[bytes]:
    async with make_consumer(settings) as consumer:
        places = [
            TopicPartition(topics.DEAD_LETTERS.name, at) for at in range(settings.kafka_partitions)
        ]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[bytes] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            batches = await consumer.getmany(timeout_ms=500)
            found += [record.value or b"" for batch in batches.values() for record in batch]
        return [value for value in found if movie.encode() in value]


async def facts_of(settings: Settings, movie: str, wanted: int) -> list[LedgerFact]:
    """The facts in the count's ledger, once so many are there."""
    changelog = count_changelog(load("mpst").vocabulary_id, 0)
    found: dict[int, LedgerFact] = {}
    async with make_consumer(settings) as consumer, within(60):
        async for record in reading(settings, consumer, changelog):
            if record.value and (record.key or b"").startswith(movie.encode() + b"|"):
                found |= {item.offset: item.fact for item in unpacked(record.value)}
                if len(found) >= wanted:
                    return list(found.values())
    raise AssertionError


@pytest.mark.slow
async def test_a_count_keeps_what_newer_stages_have_added_to_facts(kafka: Stack) -> None:
    movie = f"m-{secrets.token_hex(4)}"
    music = {"kind": "music", "movie_id": movie, "generation": 1, "bars": 4}
    sent = [
        newer(plan("a", wanted=1), movie),
        json.dumps(music).encode(),
        newer(manifest("a", 1), movie),
        newer(caption("a", 0, "A 'murder'."), movie),
    ]
    await create_topics(kafka.settings)
    async with make_producer(kafka.settings) as producer:
        for value in sent:
            await producer.send_and_wait(topics.CAPTIONS.name, value, movie.encode())
    with running("count", kafka.settings) as stage:
        async with make_consumer(kafka.settings) as consumer:
            reading(kafka.settings, consumer, topics.DOCUMENTS.name)
            body: dict[str, Any] = {}
            while body.get("status") != "complete":
                found = await until(
                    consumer, f"{index_name(MOVIES, load('mpst').vocabulary_id)}/{movie}"
                )
                body = msgspec.json.decode(decode(Document, found[-1]).body)
        facts = await facts_of(kafka.settings, movie, len(sent))
        await stage.says("a fact of the kind 'music' at movietag.captions/")
        assert stage.stop() == 0
    assert (body["images"], body["tag_names"]) == (1, ["murder"])
    assert sorted(encode(fact) for fact in facts if isinstance(fact, Unknown)) == [
        msgspec.json.encode(music)
    ]
    assert [json.loads(encode(fact)).get("colour") for fact in facts].count(COLOUR) == 3
    assert await letters_of(kafka.settings, movie) == []


@pytest.mark.slow
async def test_a_fetch_gives_back_work_of_a_kind_that_it_does_not_know(kafka: Stack) -> None:
    movie = MovieId(f"m-{secrets.token_hex(4)}")
    await create_topics(kafka.settings)
    works = [
        VideoJob(movie, 1, 0, video("a"), SAMPLING, TAGGER, work="listen"),
        VideoJob(
            movie, 1, 0, video("b"), msgspec.structs.replace(SAMPLING, mode="storyboard"), TAGGER
        ),
    ]
    async with make_producer(kafka.settings) as producer:
        for job in works:
            await producer.send_and_wait(topics.VIDEOS.name, encode(job), b"video")
    with running("fetch", kafka.settings) as stage:
        async with make_consumer(kafka.settings) as consumer:
            reading(kafka.settings, consumer, topics.REQUESTS.name)
            failed = [decode_request(value) for value in await until(consumer, movie, len(works))]
        assert stage.stop() == 0
    assert [one.failure.kind for one in failed if isinstance(one, VideoFailed)] == ["newer"] * 2
    assert await letters_of(kafka.settings, movie) == []


@pytest.mark.slow
async def test_a_plan_passes_over_a_request_of_a_kind_that_it_does_not_know(kafka: Stack) -> None:
    movie = f"m-{secrets.token_hex(4)}"
    await create_topics(kafka.settings)
    async with make_producer(kafka.settings) as producer:
        value = json.dumps({"kind": "merge", "movie_id": movie}).encode()
        await producer.send_and_wait(topics.REQUESTS.name, value, movie.encode())
    with running("plan", kafka.settings) as stage:
        await stage.says("a request of the kind 'merge' at movietag.requests/")
        assert stage.stop() == 0
    assert await letters_of(kafka.settings, movie) == []
