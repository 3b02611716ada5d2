"""Two fetch workers of two homes, each of which has one half of the files, and one of which reaches a site, on a real Kafka."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import pytest
from frames.drawn_videos import textured
from support import stage_processes
from support.patience import within
from support.records import SAMPLING, TAGGER
from support.stage_processes import running

from movietag import topics
from movietag.crawl.ids import images_video_id
from movietag.crawl.sources import find_videos
from movietag.errors import PermanentError
from movietag.fleet.lookups import SitesLookup
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.kafka.whole import partitions_of, read_whole
from movietag.kafka.workers import this_worker
from movietag.records import (
    Manifest,
    MovieId,
    Sources,
    Title,
    Video,
    VideoFailed,
    VideoId,
    VideoJob,
    decode_fact,
    decode_request,
    encode,
)
from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from movietag.streams.handlers.files_elsewhere import FilesElsewhere
from movietag.streams.other_workers import OtherWorkers, fetch_members
from movietag.topics import TopicSpec

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(400)]
MOVIE = MovieId("halves")


def pictures(folder: Path) -> Video:
    folder.mkdir(parents=True)
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), textured(number))
    return Video(images_video_id(folder), "images", str(folder), title=folder.name)


async def values(settings: Settings, topic: TopicSpec) -> list[bytes]:
    places = partitions_of(topic, settings.kafka_partitions)
    async with make_consumer(settings) as consumer:
        return [
            record.value async for records in read_whole(consumer, places) for record in records
        ]


class Sent:
    """A topic of a process that is no stage."""

    def __init__(self, producer: Any, topic: TopicSpec) -> None:
        self._producer, self._topic = producer, topic

    async def send(self, *, key: bytes, value: bytes, **_: Any) -> Any:
        return await self._producer.send(self._topic.name, value, key)


async def test_each_file_is_fetched_by_the_worker_that_has_it(
    own_kafka: Settings,
    tmp_path: Path,
    port_bases: Iterator[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await create_topics(own_kafka)
    roots = [tmp_path / "films-1", tmp_path / "films-2"]
    videos = [pictures(roots[at % 2] / f"v{at}") for at in range(8)]
    nowhere = Video(VideoId("images:none"), "images", str(roots[0] / "none"))
    site = own_kafka.kafka_address  # it accepts connections
    first, second = (
        own_kafka.model_copy(
            update={
                "home": tmp_path / f"home-{at}",
                "kafka": own_kafka.kafka_address,
                "port_base": next(port_bases),
                "roots": (root,),
                "adopt": "settings",
                "private_hosts": (site,) * at,
            }
        )
        for at, root in enumerate(roots)
    )
    with running("fetch", first) as one, running("fetch", second) as other:
        await one.works()
        await other.works()
        async with make_producer(own_kafka) as producer:
            for at, video in enumerate((*videos, nowhere)):
                job = VideoJob(MOVIE, 1, 0, video, SAMPLING, TAGGER)
                await producer.send_and_wait(
                    topics.VIDEOS.name, encode(job), partition=at // 2 % own_kafka.kafka_partitions
                )
            async with within(90, "all videos to be settled"):
                while len(done := await _fetched(own_kafka)) < 8 or not (
                    failed := await _failed(own_kafka)
                ):
                    await asyncio.sleep(0.5)
            assert done == {video.video_id for video in videos}
            (failure,) = failed
            assert failure.failure.kind in {"missing-path", "forbidden-path"}
            assert "No fetch worker on" in failure.failure.reason
            assert "passed on" in one.log + other.log

            me = this_worker(own_kafka)  # a plan worker of a third home, without any root
            asking = OtherWorkers(
                me, Sent(producer, topics.LOOKUPS), partial(fetch_members, own_kafka)
            )
            listening = asyncio.create_task(asking.serve(own_kafka))
            find = partial(find_videos, settings=own_kafka, elsewhere=FilesElsewhere(asking).video)
            both = Sources(images=tuple(video.url for video in videos[:2]))
            assert (await find(Title("Halves", MOVIE, sources=both))).videos == tuple(videos[:2])
            with pytest.raises(PermanentError, match="No fetch worker on"):
                await find(Title("None", MOVIE, sources=Sources(images=(nowhere.url,))))
            await _a_worker_without_sites_stays_outside(asking, second, site, monkeypatch)
            listening.cancel()


async def _a_worker_without_sites_stays_outside(
    asking: OtherWorkers, second: Settings, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second worker alone may connect to ``site``; one that gave back for another one joins once that answers."""
    answers = await asking.ask(
        lambda number: SitesLookup(number, (site,)), lambda answer: bool(answer.sites)
    )
    assert answers[-1].sites == (site,)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gave_back = {"MOVIETAG_GAVE_BACK": "1", "MOVIETAG_UNREACHED": f"127.0.0.1:{port}"}

    def environment(settings: Settings, home: Path) -> dict[str, str]:
        return stack_environment(settings, home) | gave_back

    monkeypatch.setattr(stage_processes, "stack_environment", environment)
    third = second.model_copy(update={"private_hosts": (gave_back["MOVIETAG_UNREACHED"],)})
    with running("fetch", third, 2) as stage:
        await stage.says("None of the sites that failed can be connected to from here")
        assert "Worker ready" not in stage.log
        async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
            await stage.works()


async def _fetched(settings: Settings) -> set[VideoId]:
    facts = map(decode_fact, await values(settings, topics.CAPTIONS))
    return {fact.video_id for fact in facts if isinstance(fact, Manifest)}


async def _failed(settings: Settings) -> list[VideoFailed]:
    requests = map(decode_request, await values(settings, topics.REQUESTS))
    return [one for one in requests if isinstance(one, VideoFailed)]
