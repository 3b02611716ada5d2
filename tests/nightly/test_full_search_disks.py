"""A full disk of Elasticsearch, and one full disk under everything: waited for, told, and no document is lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from elasticsearch import NotFoundError
from support import sample_movies
from support.commands import run_movietag, until
from support.small_disks import WAITS, full, small_disk

from movietag import topics
from movietag.documents import DEAD_LETTERS, FRAMES
from movietag.errors import TransientError
from movietag.kafka.clients import create_topics, kafka_errors, make_producer
from movietag.local.stack import Stack
from movietag.records import Document, encode
from movietag.search.client import connected, count_documents, transient_errors
from movietag.settings import Settings
from movietag.vocabulary import load

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount"),
]

FREE = "1100m"  # `movietag up` wants 1 GiB


@pytest.fixture
def stack(port_bases: Iterator[int]) -> Iterator[Stack]:
    """Kafka, Elasticsearch and the index stage in a home on one small disk, with another one for Elasticsearch's data."""
    folder = Path(tempfile.mkdtemp(prefix="movietag-disks-", dir="/tmp"))
    folder.chmod(0o755)  # Elasticsearch runs as nobody
    made = Stack(Settings(home=folder / "home", port_base=next(port_bases), stop_seconds=3))
    assert made.where.search.is_relative_to(made.where.home)
    with ExitStack() as disks:
        disks.callback(shutil.rmtree, folder, ignore_errors=True)
        disks.enter_context(small_disk(made.where.home, FREE))
        disks.enter_context(small_disk(made.where.search, FREE))
        made.start(only=("kafka", "elasticsearch", "index"))
        yield made
        made.down()


def frames(settings: Settings, name: str) -> list[Document]:
    vocabulary = load(settings.vocabulary, settings.match)
    bodies = sample_movies.frame_bodies(sample_movies.SAMPLES[0])
    return [
        sample_movies.document(FRAMES, f"{name}~{body.slot:08}", body, vocabulary)
        for body in bodies
    ]


async def send(settings: Settings, documents: list[Document]) -> None:
    async with make_producer(settings) as producer:
        for document in documents:
            await producer.send_and_wait(topics.DOCUMENTS.name, encode(document), document.key)


async def counted(settings: Settings, alias: str) -> int | None:
    """How many documents there are; None while Elasticsearch does not say."""
    with suppress(TransientError, NotFoundError):
        async with connected(settings) as es:
            with transient_errors(es):
                await es.indices.refresh(index=alias)
                return await count_documents(es, alias)
    return None


async def test_full_disks_are_waited_for_and_nothing_is_lost(stack: Stack) -> None:
    settings = stack.settings
    await create_topics(settings)
    sent = 0

    async def all_written() -> bool | None:
        return True if await counted(settings, FRAMES) == sent else None

    async def go_on(name: str) -> None:
        nonlocal sent
        batch = frames(settings, name)
        sent += len(batch)
        await send(settings, batch)

    await go_on("there is room")
    await until(all_written, 60)

    index = stack.pid("index")
    with full(stack.where.search):
        await go_on("no room for Elasticsearch")

        async def told() -> bool | None:
            said = await asyncio.to_thread(run_movietag, settings, "status")
            return True if "space" in (said.stdout + said.stderr).lower() else None

        await until(told, 120)
        assert stack.pid("index") == index  # it waits
    await until(all_written, 180)

    await go_on("room again")
    await until(all_written, 60)
    with full(stack.where.home), full(stack.where.search):  # of the logs, too

        async def kafka_waits() -> bool | None:
            with suppress(TransientError, TimeoutError), kafka_errors(settings):
                async with asyncio.timeout(5):
                    await send(settings, frames(settings, "no room for anybody"))
            said = await asyncio.to_thread(run_movietag, settings, "status")
            return True if WAITS in said.stderr and stack.pid("kafka") else None

        await until(kafka_waits, 120)
        waiting = stack.pid("kafka")
        assert "disk" in (await asyncio.to_thread(run_movietag, settings, "doctor")).stdout
        assert stack.pid("kafka") == waiting  # it is not started again and again
    sent += len(frames(settings, "no room for anybody"))

    async def taken() -> bool | None:
        with suppress(TransientError), kafka_errors(settings):
            await send(settings, frames(settings, "no room for anybody"))
            return True
        return None

    await until(taken, 120)
    await until(all_written, 180)
    assert await counted(settings, DEAD_LETTERS) == 0
