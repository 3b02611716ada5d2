"""Offsets that expired or were set back while everything else stands: nothing that is settled is done again."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from confluent_kafka.admin import AdminClient
from frames.drawn_videos import textured
from support.commands import until
from support.records import SAMPLING, TAGGER
from support.stage_http import Asked
from support.stage_processes import running
from support.topic_reading import Log, send_titles

from movietag import topics
from movietag.crawl.ids import images_video_id
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.kafka.whole import partitions_of
from movietag.records import MovieId, Video, VideoJob, decode_fact, decode_request, encode
from movietag.settings import Settings
from movietag.topics import stage_group

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]

PLAN, FETCH = stage_group("plan"), stage_group("fetch")


def expire(settings: Settings) -> None:
    """Kafka forgets the group, as it does when the group has been away for too long."""
    client = AdminClient({"bootstrap.servers": settings.kafka_address})
    for deleted in client.delete_consumer_groups([PLAN], request_timeout=30).values():
        deleted.result()


async def set_back(settings: Settings) -> None:
    """What `kafka-consumer-groups --reset-offsets --to-earliest` does."""
    places = partitions_of(topics.VIDEOS, settings.kafka_partitions)
    async with make_consumer(settings, group_id=FETCH) as consumer:
        consumer.assign(places)
        await consumer.commit(dict.fromkeys(places, 0))


async def test_titles_that_were_read_are_not_read_again(own_kafka: Settings) -> None:
    await create_topics(own_kafka)
    requests = Log(own_kafka, topics.REQUESTS.name)
    await requests.begin()
    names = [f"lost {number}" for number in range(5)]

    async def requested(*names: str) -> bool | None:
        return (await requests.requested("lost")) == set(names) or None

    with running("plan", own_kafka) as stage:
        await send_titles(own_kafka, *names)
        await until(lambda: requested(*names), 120)
        await Asked(own_kafka, "plan").until("state.lag.get('titles') == 0")
        stage.stop()
    expire(own_kafka)
    with running("plan", own_kafka) as stage:
        await stage.says("Kafka had lost the offsets of group movietag-plan")
        names.append("lost last")
        await send_titles(own_kafka, names[-1])
        await until(lambda: requested(*names), 120)
        await Asked(own_kafka, "plan").until("state.lag.get('titles') == 0")
    ids = [decode_request(value).request_id async for _, value, _, _ in requests.read()]  # type: ignore[union-attr]
    assert len(ids) == len(names) == 6  # each once


def pictures(folder: Path, movie: str) -> VideoJob:
    """A video that is fetched from this machine: three pictures."""
    folder.mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), textured(number))
    video = Video(images_video_id(folder), "images", str(folder))
    return VideoJob(MovieId(movie), 1, 0, video, SAMPLING, TAGGER)


async def test_videos_that_were_fetched_are_not_fetched_again(
    own_kafka: Settings, tmp_path: Path
) -> None:
    (tmp_path / "root").mkdir()
    settings = own_kafka.model_copy(update={"roots": (tmp_path / "root",)})
    await create_topics(settings)
    manifests, frames = Log(settings, topics.CAPTIONS.name), Log(settings, topics.FRAMES.name)
    await manifests.begin()
    await frames.begin()
    movies: list[str] = []

    async def fetch(movie: str) -> None:
        """Until its manifest is there, and the work committed."""
        movies.append(movie)
        job = pictures(tmp_path / "root" / movie, movie)
        async with make_producer(settings) as producer:
            await producer.send_and_wait(
                topics.VIDEOS.name, encode(job), job.video.video_id.encode()
            )
        await until(lambda: had(movie), 120)
        await Asked(settings, "fetch").until("state.lag.get('videos') == 0")

    async def had(movie: str) -> bool | None:
        return (
            movie in [decode_fact(value).movie_id async for _, value, *_ in manifests.read()]
            or None
        )

    with running("fetch", settings) as stage:
        await fetch("first")
        await fetch("second")
        stage.stop()
    await set_back(settings)
    with running("fetch", settings) as stage:
        await stage.says("Kafka had lost the offsets of group movietag-fetch")
        await fetch("third")
    found = [decode_fact(value).movie_id async for _, value, *_ in manifests.read()]
    assert sorted(found) == sorted(movies)
    assert len([one async for one in frames.read()]) == 3 * len(movies)
