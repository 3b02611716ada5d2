"""Titles of a client that is not ours: every codec, headers, transactions."""

from __future__ import annotations

import secrets

import pytest
from confluent_kafka import Producer
from support.commands import until
from support.corrupt_batches import CODEC, batch_at
from support.stage_processes import running
from support.topic_reading import Log, ends, title

from movietag import topics
from movietag.kafka.clients import create_topics
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.stage_state import probe_stage

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


@pytest.fixture(scope="module")
async def settings(stack: Stack) -> Settings:
    await create_topics(stack.settings)
    return stack.settings


def producer(settings: Settings, **options: object) -> Producer:
    return Producer({"bootstrap.servers": settings.kafka_address, "linger.ms": 100} | options)


async def test_titles_of_every_codec_with_headers_and_of_transactions_become_requests(
    settings: Settings,
) -> None:
    run = secrets.token_hex(4)
    requests = Log(settings, topics.REQUESTS.name)
    await requests.begin()
    wanted = set()
    for partition, (codec, number) in enumerate(CODECS.items()):
        first = (await ends(settings, topics.TITLES.name))[partition]
        sender = producer(settings, **{"compression.type": codec})
        names = [f"{run} {codec} {one} {'of a long name ' * 5}" for one in range(20)]
        for name in names:
            headers = {"traceparent": b"00-1", "none": None, "binary": b"\xff\x00"}
            sender.produce(
                topics.TITLES.name, title(name.strip()), partition=partition, headers=headers
            )
        assert sender.flush(30) == 0
        assert batch_at(settings, topics.TITLES.name, partition, first)[CODEC] & 7 == number
        wanted |= {name.strip() for name in names}

    aborted = {f"{run} aborted {number}" for number in range(3)}
    sender = producer(settings, **{"transactional.id": f"test-{run}", "compression.type": "lz4"})
    sender.init_transactions(30)
    for number in range(3):
        sender.begin_transaction()
        sender.produce(topics.TITLES.name, title(f"{run} committed {number}"), partition=6)
        sender.commit_transaction(30)
        wanted.add(f"{run} committed {number}")
        sender.begin_transaction()
        sender.produce(topics.TITLES.name, title(f"{run} aborted {number}"), partition=6)
        assert sender.flush(30) == 0
        sender.abort_transaction(30)
    assert not aborted & wanted

    async def all_there() -> bool | None:
        return True if wanted <= await requests.requested(run) else None

    async def no_lag() -> bool | None:
        """Although the marks of transactions lie behind the last title."""
        state = probe_stage(settings, "plan", 1)
        return True if state and state.ready and state.lag.get("titles") == 0 else None

    with running("plan", settings) as plan:
        await until(all_there, 90)
        await until(no_lag, 60)
        sender = producer(settings)
        sender.produce(topics.TITLES.name, title(f"{run} last"), partition=6)
        assert sender.flush(30) == 0
        wanted.add(f"{run} last")
        await until(all_there, 60)
        assert await requests.requested(run) == wanted  # nothing that was aborted
        assert plan.stop() == 0
