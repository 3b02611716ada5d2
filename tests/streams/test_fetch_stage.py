"""The fetch stage on a real Kafka: a video that takes long, or whose site wants a pause, holds no other up."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
from aiokafka import AIOKafkaConsumer, TopicPartition
from crawl.misbehaving import serving
from frames.drawn_videos import textured
from support.patience import within
from support.records import SAMPLING, TAGGER
from support.stage_http import Asked
from support.stage_processes import running

from movietag import topics
from movietag.crawl.ids import images_video_id
from movietag.fleet.fetch_pauses import EVERYTHING, pause_fetching, resume_fetching
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.local.stack import Stack
from movietag.records import (
    Manifest,
    MovieId,
    Video,
    VideoFailed,
    VideoId,
    VideoJob,
    decode_fact,
    decode_request,
    encode,
)
from movietag.settings import Settings

PARALLEL = 2
THROTTLED = 3
GOOD = 6  # videos behind the bad ones


def pictures(folder: Path) -> Video:
    folder.mkdir(parents=True)
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), textured(number))
    return Video(images_video_id(folder), "images", str(folder))


def remote(name: str, movie: str, url: str) -> Video:
    return Video(VideoId(f"url:{name}-{movie}"), "search", url, seconds=10)


@asynccontextmanager
async def from_now(settings: Settings, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    async with make_consumer(settings, auto_offset_reset="latest") as consumer:
        consumer.assign([TopicPartition(topic, at) for at in range(settings.kafka_partitions)])
        await consumer.seek_to_end()
        for place in consumer.assignment():
            await consumer.position(place)
        yield consumer


async def test_slow_and_throttled_videos_hold_no_other_up(kafka: Stack, tmp_path: Path) -> None:
    movie = MovieId(f"m-{secrets.token_hex(4)}")
    await create_topics(kafka.settings)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "good.mp4").write_bytes(bytes(10_000))
    good = [pictures(tmp_path / "root" / f"v{number}") for number in range(GOOD)]
    with serving(tmp_path / "site") as slow, serving(tmp_path / "site") as throttling:
        bad = [
            remote("slow", movie, slow.url("stall.mp4")),
            *(
                remote(f"throttled-{at}", movie, throttling.url("429.mp4"))
                for at in range(THROTTLED)
            ),
        ]
        settings = kafka.settings.model_copy(
            update={
                "roots": (tmp_path / "root",),
                "private_hosts": (slow.host, throttling.host),
                "fetch_parallel": PARALLEL,
                "fetch_interval": 0.0,
            }
        )
        async with (
            from_now(settings, topics.CAPTIONS.name) as facts,
            from_now(settings, topics.REQUESTS.name) as failures,
            make_producer(settings) as producer,
        ):
            for video in (*bad, *good):
                job = VideoJob(movie, 1, 0, video, SAMPLING, TAGGER)
                await producer.send_and_wait(topics.VIDEOS.name, encode(job), partition=0)
            with running("fetch", settings) as stage:
                async with within(60):
                    assert await manifests(facts, movie) == {video.video_id for video in good}
                assert slow.asked["stall.mp4"]
                assert throttling.asked["429.mp4"] == 1  # nothing more is asked in its pause
                assert not await failed(failures, movie)
                assert stage.process.poll() is None
                assert await committed(settings) <= await first_of(settings, movie)


async def test_a_paused_stage_is_ready_says_so_and_goes_on_when_it_is_resumed(
    kafka: Stack, tmp_path: Path
) -> None:
    movie = MovieId(f"m-{secrets.token_hex(4)}")
    settings = kafka.settings.model_copy(update={"roots": (tmp_path / "root",)})
    await create_topics(settings)
    good = [pictures(tmp_path / "root" / f"v{number}") for number in range(GOOD)]
    await pause_fetching(settings, EVERYTHING, 0)
    try:
        async with (
            from_now(settings, topics.CAPTIONS.name) as facts,
            make_producer(settings) as producer,
        ):
            for video in good:
                job = VideoJob(movie, 1, 0, video, SAMPLING, TAGGER)
                await producer.send_and_wait(topics.VIDEOS.name, encode(job), partition=0)
            with running("fetch", settings):
                asked = Asked(settings, "fetch")
                held = "any('is paused' in one for one in state.waits)"
                state = await asked.until(
                    f"state.ready and state.agents['videos'].in_flight >= {GOOD} and {held}"
                )
                assert state.agents["videos"].oldest_s == 0
                assert not await facts.getmany(timeout_ms=200)
                await resume_fetching(settings, EVERYTHING)
                async with within(60):
                    assert await manifests(facts, movie) == {video.video_id for video in good}
    finally:
        await resume_fetching(settings, EVERYTHING)


async def manifests(consumer: AIOKafkaConsumer, movie: str) -> set[VideoId]:
    """The videos whose manifests come, until all good ones have."""
    found: set[VideoId] = set()
    async for record in consumer:
        if record.key != movie.encode():
            continue
        fact = decode_fact(record.value)
        assert isinstance(fact, Manifest)
        assert len(fact.slots) == 3
        found.add(fact.video_id)
        if len(found) == GOOD:
            break
    return found


async def failed(consumer: AIOKafkaConsumer, movie: str) -> list[VideoFailed]:
    """The failures of this movie's videos so far."""
    records = (await consumer.getmany(timeout_ms=200)).values()
    requests = [decode_request(record.value) for batch in records for record in batch]
    return [one for one in requests if isinstance(one, VideoFailed) and one.movie_id == movie]


async def first_of(settings: Settings, movie: str) -> int:
    """The offset of the movie's first video."""
    async with make_consumer(settings) as consumer:
        place = TopicPartition(topics.VIDEOS.name, 0)
        consumer.assign([place])
        async for record in consumer:
            if movie.encode() in record.value:
                return int(record.offset)
    raise AssertionError


async def committed(settings: Settings) -> int:
    """How far the fetch stage has committed: never past work in flight."""
    async with make_consumer(settings, group_id="movietag-fetch") as consumer:
        return int(await consumer.committed(TopicPartition(topics.VIDEOS.name, 0)) or 0)
