"""The fetch stage on a real Kafka: a site that fails for several movies is paused, and nothing is marked failed."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from crawl.misbehaving import serving
from frames.drawn_videos import textured, write_video
from support.patience import within
from support.records import SAMPLING, TAGGER
from support.stage_http import Asked
from support.stage_processes import running
from test_fetch_stage import from_now, remote

from movietag import topics
from movietag.kafka.clients import create_topics, make_producer
from movietag.local.stack import Stack
from movietag.records import (
    Manifest,
    MovieId,
    VideoFailed,
    VideoId,
    VideoJob,
    decode_fact,
    decode_request,
    encode,
)

VIDEOS = 2  # of each movie


@pytest.mark.slow
async def test_a_site_that_fails_for_all_is_paused_over_restarts(
    kafka: Stack, tmp_path: Path
) -> None:
    movies = [MovieId(f"m{number}-{secrets.token_hex(4)}") for number in range(2)]
    (tmp_path / "site").mkdir()
    write_video(tmp_path / "site" / "good.mp4", [textured(number) for number in range(30)])
    await create_topics(kafka.settings)
    with serving(tmp_path / "site") as site:
        site.broken.set()
        settings = kafka.settings.model_copy(
            update={"private_hosts": (site.host,), "fetch_parallel": 2, "fetch_interval": 0.0}
        )
        jobs = [
            VideoJob(
                movie, 1, 0, remote(f"v{number}", movie, site.url("healing.mp4")), SAMPLING, TAGGER
            )
            for movie in movies
            for number in range(VIDEOS)
        ]
        async with (
            from_now(settings, topics.CAPTIONS.name) as facts,
            from_now(settings, topics.REQUESTS.name) as failures,
            make_producer(settings) as producer,
        ):
            for job in jobs:
                await producer.send_and_wait(topics.VIDEOS.name, encode(job), partition=0)
            with running("fetch", settings) as stage:
                asked = Asked(settings, "fetch")
                paused = "any('is paused' in wait for wait in state.waits)"
                state = await asked.until(paused)
                assert any(site.host in wait for wait in state.waits)
                assert "movietag_sites_paused 1.0" in asked.get("metrics")[1]
                stage.kill_and_start()
                await asked.until(paused)  # it knows, by its first failure
                assert site.asked["healing.mp4"] > 0
                assert not await failures_of(failures, movies)
                site.broken.clear()
                stage.kill_and_start()
                async with within(60):
                    videos = await manifests(facts, set(movies))
                assert videos == {job.video.video_id for job in jobs}
                assert not await failures_of(failures, movies)


async def failures_of(consumer: AIOKafkaConsumer, movies: list[MovieId]) -> list[VideoFailed]:
    """The failures of these movies' videos since it was asked last."""
    records = (await consumer.getmany(timeout_ms=1000)).values()
    requests = [decode_request(record.value) for batch in records for record in batch]
    return [one for one in requests if isinstance(one, VideoFailed) and one.movie_id in movies]


async def manifests(consumer: AIOKafkaConsumer, movies: set[MovieId]) -> set[VideoId]:
    """The videos whose manifests come, until all have."""
    found: set[VideoId] = set()
    async for record in consumer:
        if record.key.decode() not in movies:
            continue
        fact = decode_fact(record.value)
        assert isinstance(fact, Manifest)
        found.add(fact.video_id)
        if len(found) == len(movies) * VIDEOS:
            break
    return found
