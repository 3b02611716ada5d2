"""The stages that are fuzzed, on real servers: starting, sending, and waiting until all is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from aiokafka.structs import RecordMetadata
from support.stub_model import lay_out

from fuzz import fuzz_model
from fuzz.inputs import Input
from movietag import topics
from movietag.kafka.clients import create_topics, make_admin, make_consumer, make_producer
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.stages import STAGES
from movietag.vocabulary import load

Place = tuple[str, int, int]
AT_ONCE = 200  # messages on their way to the broker


def fuzz_settings(home: Path, port_base: int, root: Path, **more: Any) -> Settings:
    """Settings whose search finds nothing, and whose limits are small."""
    return Settings(
        home=home,
        port_base=port_base,
        roots=(root,),
        model="fuzz",
        search="fuzzsearch",
        search_interval=0,
        retry_seconds=0,
        fetch_interval=0,
        ytdlp_extractors=("fuzz.fuzz_site:FuzzSearchIE",),
        fetch_seconds=60,
        fetch_memory=1 << 30,
        fetch_bytes=16 << 20,
        videos=1,
        **more,
    )


def write_repository(folder: Path) -> Path:
    """A model repository with the fuzzer's model."""
    batching = "dynamic_batching { }"
    return lay_out(folder, fuzz_model.__file__, "fuzz", batch=32, more=batching)


def groups() -> Mapping[str, tuple[str, ...]]:
    """The consumer groups, and what each consumes."""
    return {
        "movietag-plan": (topics.TITLES.name, topics.REQUESTS.name),
        "movietag-fetch": (topics.VIDEOS.name,),
        "movietag-caption": (topics.FRAMES.name,),
        count_group(): (topics.CAPTIONS.name,),
        "movietag-index": (topics.DOCUMENTS.name, topics.DEAD_LETTERS.name),
    }


def count_group() -> str:
    return f"movietag-count-{load('mpst').vocabulary_id}-e0"


@contextmanager
def started(stack: Stack) -> Iterator[None]:
    """The stack, up in the block, and gone after it."""
    try:
        stack.start()
        yield
    finally:
        stack.down()
        stack.reset()


def pids(stack: Stack) -> dict[str, int | None]:
    """The process of each stage."""
    return {name: stack.pid(name) for name in STAGES}


async def send(settings: Settings, inputs: Sequence[Input]) -> list[Place]:
    """Send inputs in order; returns where each lies."""
    await create_topics(settings)
    places: list[Place] = []
    async with make_producer(settings) as producer:
        for start in range(0, len(inputs), AT_ONCE):
            sent = [
                await producer.send(
                    one.topic,
                    one.value,
                    b"" if one.key is one.value is None else one.key,  # the client wants either
                    headers=[*one.headers],
                )
                for one in inputs[start : start + AT_ONCE]
            ]
            done: list[RecordMetadata] = await asyncio.gather(*sent)
            places += [(at.topic, at.partition, at.offset) for at in done]
    return places


async def left(settings: Settings) -> dict[str, int]:
    """How many messages there are of each topic that its stage has not acknowledged."""
    admin = make_admin(settings)
    await admin.start()
    found: dict[str, int] = {}
    try:
        async with make_consumer(settings) as consumer:
            for group, names in groups().items():
                committed = await admin.list_consumer_group_offsets(group)
                for name in names:
                    all_of = [TopicPartition(name, n) for n in range(settings.kafka_partitions)]
                    first = await consumer.beginning_offsets(all_of)  # an earlier test may delete
                    last = await consumer.end_offsets(all_of)
                    done = {at: committed[at].offset for at in all_of if at in committed}
                    found[name] = sum(last[at] - max(first[at], done.get(at, 0)) for at in all_of)
    finally:
        await admin.close()
    return found


async def ends(settings: Settings, names: Sequence[str]) -> dict[TopicPartition, int]:
    """Where each partition ends now."""
    async with make_consumer(settings) as consumer:
        wanted = [
            TopicPartition(name, n) for name in names for n in range(settings.kafka_partitions)
        ]
        return dict(await consumer.end_offsets(wanted))


async def drained(settings: Settings, seconds: float, *, talk: bool = False) -> dict[str, int]:
    """Wait until nothing is left anywhere, twice in a row; returns what is left after ``seconds``."""
    until = time.monotonic() + seconds
    empty = 0
    told = time.monotonic()
    while True:
        found = {name: count for name, count in (await left(settings)).items() if count}
        empty = 0 if found else empty + 1
        if empty == 3 or time.monotonic() > until:
            return found
        if talk and time.monotonic() - told > 15:
            told = time.monotonic()
            print(f"  left: {found}", flush=True)
        await asyncio.sleep(0.5)
