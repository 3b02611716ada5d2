"""Two caption workers, one of which cannot reach Triton: the other one does its frames, and it comes back."""

from __future__ import annotations

import asyncio
import secrets
import socket

import pytest
from aiokafka import TopicPartition
from chaos.proxy import Proxy
from pydantic import SecretStr
from support.patience import within
from support.servers import Servers
from support.stage_http import Asked, sample
from support.stage_processes import StageProcess, running

from movietag import topics
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.kafka.fleet import GroupStatus
from movietag.kafka.fleet_reading import read_fleet
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
from movietag.settings.credentials import triton_key
from movietag.streams.watch.answering import EVERY_SECONDS

FRAMES = 24


async def send_frames(settings: Settings, movie: str) -> None:
    """Frames that no model can read: a failure of a slot needs an answer, as a caption does."""
    async with make_producer(settings) as producer:
        for slot in range(FRAMES):
            info = FrameInfo(MovieId(movie), 1, VideoId(f"x:{movie}"), slot, 1.0, TaggerId("t"))
            await producer.send_and_wait(
                topics.FRAMES.name,
                b"no jpeg",
                key=b"%s %d" % (movie.encode(), slot),
                headers=[(topics.FRAME_HEADER, encode(info))],
            )


async def settled_slots(settings: Settings, movie: str) -> set[int]:
    """The slots of a movie that have a caption or a failure."""
    places = [TopicPartition(topics.CAPTIONS.name, at) for at in range(settings.kafka_partitions)]
    found: set[int] = set()
    async with make_consumer(settings) as consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning()
        while any([await consumer.position(at) < ends[at] for at in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                facts = [
                    decode_fact(record.value) for record in records if record.key == movie.encode()
                ]
                found |= {one.slot for one in facts if isinstance(one, Caption | SlotFailure)}
    return found


async def captioning(settings: Settings) -> GroupStatus:
    return next(group for group in (await read_fleet(settings)).groups if group.stage == "caption")


def answer_age(settings: Settings) -> float:
    metrics = Asked(settings, "caption").get("metrics")[1]
    return sample(metrics, 'movietag_answer_age_seconds{server="triton"}')


async def reasons_outside(settings: Settings, stage: StageProcess) -> list[str]:
    """Why a worker is not ready, as the fleet lists it; empty while it is a member."""
    return [
        reason
        for worker in (await captioning(settings)).workers
        if worker.pid == stage.process.pid and not worker.member and worker.ready is False
        for reason in worker.reasons
    ]


@pytest.mark.slow
async def test_frames_of_a_worker_without_triton_are_done_by_another(servers: Servers) -> None:
    settings = servers.running("kafka", "triton").settings
    await create_topics(settings)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    proxy = Proxy(port, int(settings.triton_address.rpartition(":")[2]))
    proxy.closed = True
    key = SecretStr(triton_key(settings))
    changed = {"triton": f"127.0.0.1:{port}", "triton_key": key, "give_back_seconds": 3.0}
    cut_off = settings.model_copy(update=changed)
    with running("caption", settings) as well, running("caption", cut_off, 2) as ill:
        await well.works()
        await ill.works()
        movie = f"unreachable-{secrets.token_hex(4)}"
        async with within(60, "both to be ready members"):
            while sum(bool(w.ready) for w in (await captioning(settings)).workers) < 2:
                await asyncio.sleep(0.5)
        async with within(60, "Triton's answers to be seen"):
            while answer_age(settings) > EVERY_SECONDS + 1:
                await asyncio.sleep(0.5)
        await send_frames(settings, movie)
        await ill.says("its partitions are given back", seconds=60)
        async with within(90, "all frames to be settled by the other worker"):
            while await settled_slots(settings, movie) != set(range(FRAMES)):
                await asyncio.sleep(0.5)
        state = await Asked(cut_off, "caption", 2).until(
            "any('Its partitions are given back' in reason for reason in state.reasons)"
        )
        assert state.pid == ill.process.pid  # no restart: nothing counts it as a crash
        async with within(60, "its report"):
            while not any("Triton" in text for text in await reasons_outside(settings, ill)):
                await asyncio.sleep(0.5)
        proxy.closed = False
        async with within(120, "it to come back"):
            while sum(w.member for w in (await captioning(settings)).workers) < 2:
                await asyncio.sleep(0.5)
        assert ill.process.poll() is None
