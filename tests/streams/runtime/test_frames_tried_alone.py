"""Frames on which the model dies, hangs or fails: they become letters, those beside them captions."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.addresses import search_of
from support.misbehaving_model import MODEL, misbehaving
from support.patience import within
from support.stage_processes import running

from movietag import topics
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.local.stack import Stack
from movietag.records import (
    Caption,
    FrameInfo,
    MovieId,
    SlotFailure,
    TaggerId,
    VideoId,
    decode_fact,
    encode,
)
from movietag.settings import Settings
from movietag.streams.handlers.frame_captioner import ALONE, TOGETHER
from movietag.streams.runtime.locks import SharedLock
from movietag.topics import TopicSpec

BAD = {0: b"die", 3: b"sleep 2.5", 6: b"fail"}  # by slot
FRAMES, SECONDS = 8, 1.6


async def test_whoever_is_alone_is_alone_and_gets_its_turn() -> None:
    lock, inside, most = SharedLock(), 0, 0

    async def together() -> None:
        nonlocal inside, most
        async with lock.shared():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    async def alone() -> int:
        async with lock.exclusive():
            found = inside
            await asyncio.sleep(0.01)
            assert inside == found
            return found

    works = [asyncio.create_task(together()) for _ in range(20)]
    await asyncio.sleep(0)
    solitary = [asyncio.create_task(alone()) for _ in range(3)]
    await asyncio.sleep(0)
    late = [asyncio.create_task(together()) for _ in range(20)]
    assert await asyncio.gather(*solitary) == [0, 0, 0]
    assert not any(work.done() for work in late)
    await asyncio.gather(*works, *late)
    assert most == 20


async def test_who_is_cancelled_while_it_waits_to_be_alone_holds_nobody_up() -> None:
    lock = SharedLock()
    async with lock.shared():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), lock.exclusive():
                pass
    async with asyncio.timeout(1), lock.shared():
        pass


@pytest.fixture
def settings(stack: Stack, tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Settings]:
    """Those of a Triton whose model misbehaves, beside the servers of all tests."""
    chosen = Settings(
        home=tmp_path / "home",
        port_base=next(port_bases),
        kafka=stack.settings.kafka_address,
        **search_of(stack.settings),
        model=MODEL,
        caption_in_flight=8,
        caption_seconds=SECONDS,
    )
    triton = Stack(chosen, model_repository=misbehaving(tmp_path / "repository"))
    triton.start(only=("triton",))
    yield chosen
    triton.down()
    triton.reset()


@asynccontextmanager
async def reading(settings: Settings, topic: TopicSpec) -> AsyncIterator[AIOKafkaConsumer]:
    async with make_consumer(settings) as consumer:
        consumer.assign([TopicPartition(topic.name, n) for n in range(settings.kafka_partitions)])
        yield consumer


async def send_frames(settings: Settings, movie: MovieId) -> dict[int, str]:
    """Send them to one partition; returns the places of the bad ones by their slots."""
    await create_topics(settings)
    places = {}
    async with make_producer(settings) as producer:
        for slot in range(FRAMES):
            info = FrameInfo(movie, 1, VideoId("v"), slot, slot + 0.5, TaggerId("misbehaving@1"))
            sent = await producer.send_and_wait(
                topics.FRAMES.name,
                BAD.get(slot, b"fine"),
                key=movie.encode(),
                headers=[(topics.FRAME_HEADER, encode(info))],
            )
            if slot in BAD:
                places[slot] = f"{sent.topic}/{sent.partition}/{sent.offset}"
    return places


@pytest.mark.slow
async def test_bad_frames_end_alone_as_letters_although_the_stage_is_killed(
    settings: Settings,
) -> None:
    movie = MovieId(f"alone-{secrets.token_hex(4)}")
    places = await send_frames(settings, movie)
    noted: dict[int, list[int]] = {slot: [] for slot in BAD}
    keys = {f"caption|{place}".encode(): slot for slot, place in places.items()}
    facts: dict[int, Caption | SlotFailure] = {}
    async with (
        reading(settings, topics.TRIES) as tried,
        reading(settings, topics.CAPTIONS) as said,
        within(170),
    ):
        with running("caption", settings) as stage:
            while len(facts) < FRAMES or min(map(len, noted.values())) < TOGETHER + ALONE:
                for records in (await tried.getmany(timeout_ms=100)).values():
                    for record in records:
                        if record.key in keys:
                            noted[keys[record.key]].append(int(record.value))
                for records in (await said.getmany(timeout_ms=100)).values():
                    for record in records:
                        fact = decode_fact(record.value) if record.key == movie.encode() else None
                        if isinstance(fact, Caption | SlotFailure):
                            facts[fact.slot] = fact
                if stage.starts == 1 and max(noted[0], default=0) > TOGETHER:
                    stage.kill_and_start()
            assert stage.starts == 2
    failed = {slot: fact for slot, fact in facts.items() if isinstance(fact, SlotFailure)}
    assert set(failed) == set(BAD), facts
    assert {fact.error for fact in failed.values()} == {"model-error"}
    told = [failed[slot].reason for slot in BAD]
    assert [word in text for word, text in zip(("died", "within", "CUDA"), told, strict=True)]
    for counts in noted.values():  # each try once, also over the kill
        assert counts == list(range(1, TOGETHER + ALONE + 1)), noted
