"""Offsets without a message behind offset 0 of a partition keep no group from committing (faust#401, #606)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from support.commands import run_movietag, until
from support.stage_processes import running
from support.topic_reading import title

from movietag.errors import TransientError
from movietag.kafka.access import connection
from movietag.kafka.clients import admin, make_consumer
from movietag.kafka.whole import partitions_of
from movietag.local.stack import Stack
from movietag.settings import Settings

pytestmark = [pytest.mark.servers, pytest.mark.slow]

PREFIX = "gap."  # topics of this test alone, whose partitions begin at offset 0
TITLES, REQUESTS = f"{PREFIX}movietag.titles", f"{PREFIX}movietag.requests"
FIRST = TopicPartition(TITLES, 0)


async def abort(settings: Settings) -> None:
    async with AIOKafkaProducer(**connection(settings), transactional_id="gap") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(TITLES, title("never"), partition=0)
        await producer.abort_transaction()
    async with make_consumer(settings) as consumer:

        async def marked() -> bool | None:  # the broker writes the mark after it has answered
            return (await consumer.end_offsets([FIRST]))[FIRST] == 3 or None

        await until(marked, 30)


async def test_behind_an_aborted_title_after_offset_0_the_group_commits(kafka: Stack) -> None:
    settings = kafka.settings.model_copy(update={"kafka_prefix": PREFIX})
    made = run_movietag(settings, "topics", "apply")
    assert made.returncode == 0, made.stderr

    async def committed() -> int | None:
        with suppress(TransientError):  # the group's coordinator is still starting
            async with admin(settings) as client:
                offsets = await client.list_consumer_group_offsets(f"{PREFIX}movietag-plan")
            return offsets[FIRST].offset if FIRST in offsets else None
        return None

    async def reached(offset: int) -> bool | None:
        return await committed() == offset or None

    async with AIOKafkaProducer(**connection(settings)) as producer:
        await producer.send_and_wait(TITLES, title("one"), partition=0)  # 0
        with running("plan", settings) as plan:
            await until(lambda: reached(1), 60)
            await abort(settings)  # 1, and its mark at 2
            await producer.send_and_wait(TITLES, title("two"), partition=0)  # 3
            await until(lambda: reached(4), 60)
            plan.kill_and_start()
            await producer.send_and_wait(TITLES, title("three"), partition=0)
            await until(lambda: reached(5), 60)
    async with make_consumer(settings) as consumer:
        places = partitions_of(REQUESTS, settings.kafka_partitions)
        assert sum((await consumer.end_offsets(places)).values()) == 3  # none was read again
    async with admin(settings) as client:
        ours = [name for name in await client.list_topics() if name.startswith(PREFIX)]
        await client.delete_topics(ours)
