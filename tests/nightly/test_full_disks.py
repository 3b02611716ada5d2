"""Disks that are full: nothing is lost, what cannot go on waits and says so, and goes on by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from support.commands import run_movietag, until
from support.small_disks import WAITS, full, small_disk
from support.topic_reading import Log, title

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import create_topics, kafka_errors, make_producer
from movietag.local.stack import Stack
from movietag.settings import Settings

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount"),
]


@pytest.fixture
def stack(tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Stack]:
    made = Stack(Settings(home=tmp_path / "home", port_base=next(port_bases), stop_seconds=3))
    with ExitStack() as disks:
        disks.enter_context(small_disk(made.where.kafka, "192m"))
        disks.enter_context(small_disk(made.where.logs, "4m"))
        made.start(only=("kafka", "plan"))
        yield made
        made.down()
    made.reset()


async def send(settings: Settings, name: str) -> None:
    async with make_producer(settings) as producer:
        await producer.send_and_wait(topics.TITLES.name, title(name), partition=0)


async def test_a_full_disk_is_waited_for(stack: Stack) -> None:
    settings = stack.settings
    await create_topics(settings)
    requests = Log(settings, topics.REQUESTS.name)
    await requests.begin()
    sent: set[str] = set()

    async def all_requested() -> bool | None:
        with suppress(TransientError), kafka_errors(settings):
            return (await requests.requested("disk")) == sent or None
        return None

    async def go_on(name: str) -> None:
        sent.add(name)
        await send(settings, name)
        await until(all_requested, 60)

    await go_on("disk has space")
    with full(stack.where.logs):
        await go_on("disk of the logs is full")
        assert stack.pid("plan")
    await go_on("disk of the logs has space")

    log = stack.where.log("kafka")
    with full(stack.where.kafka):

        async def ended() -> bool | None:
            with suppress(TransientError, TimeoutError), kafka_errors(settings):
                async with asyncio.timeout(5):
                    await send(settings, "disk of Kafka is full")
            return True if WAITS in log.read_text(errors="replace") else None

        await until(ended, 120)
        waiting = stack.pid("kafka")
        assert "disk" in run_movietag(settings, "doctor").stdout
        assert WAITS in run_movietag(settings, "status").stderr
        assert stack.pid("kafka") == waiting  # it is not started again and again
        assert log.read_text(errors="replace").count(WAITS) == 1
    sent.add("disk of Kafka has space")

    async def taken() -> bool | None:
        with suppress(TransientError), kafka_errors(settings):
            await send(settings, "disk of Kafka has space")
            return True
        return None

    await until(taken, 120)

    async def known() -> set[str] | None:
        with suppress(TransientError), kafka_errors(settings):
            found = await requests.requested("disk")
            return found if sent <= found else None
        return None

    found = await until(known, 120)
    assert found - sent <= {"disk of Kafka is full"}  # perhaps taken, though nobody was told
