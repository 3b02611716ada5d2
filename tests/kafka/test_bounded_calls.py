"""No call to Kafka waits without a bound: aiokafka itself asks for ever for what a broker does not have."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError
from support.patience import within

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka import consumer as consumer_module
from movietag.kafka import whole
from movietag.kafka.clients import create_topics, kafka_errors, make_consumer
from movietag.kafka.whole import partitions_of, read_whole
from movietag.local.stack import Stack
from movietag.settings import Settings

MISSING = TopicPartition(topics.TITLES.name, 4000)
CALLS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "position": lambda consumer: consumer.position(MISSING),
    "committed": lambda consumer: consumer.committed(TopicPartition(topics.TITLES.name, 0)),
    "commit": lambda consumer: consumer.commit({TopicPartition(topics.TITLES.name, 0): 1}),
}


async def never(*_: object) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("name", CALLS)
async def test_what_aiokafka_never_answers_ends(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As it is of a group whose coordinator is nowhere to be found, and of a partition without a leader."""
    settings = Settings(kafka="127.0.0.1:1")
    monkeypatch.setattr(consumer_module, "CALL_SECONDS", 0.01)
    monkeypatch.setattr(AIOKafkaConsumer, name, never)
    consumer = make_consumer(settings)
    async with within(5):
        with pytest.raises(TransientError, match="No answer about"), kafka_errors(settings):
            await CALLS[name](consumer)


@pytest.mark.servers
async def test_a_partition_that_is_not_there_is_not_waited_for_without_end(
    kafka: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_topics(kafka.settings)
    monkeypatch.setattr(consumer_module, "CALL_SECONDS", 2.0)
    async with make_consumer(kafka.settings) as consumer:
        consumer.assign([MISSING])
        async with within(30):
            with (
                pytest.raises(TransientError, match="No answer about the position"),
                kafka_errors(kafka.settings),
            ):
                await consumer.position(MISSING)


class Silent:
    """A consumer of one partition with a message that the broker never gives."""

    def assign(self, _: object) -> None: ...

    async def beginning_offsets(self, at: Any) -> dict[TopicPartition, int]:
        return dict.fromkeys(at, 0)

    async def end_offsets(self, at: Any) -> dict[TopicPartition, int]:
        return dict.fromkeys(at, 1)

    def seek(self, _: object, __: int) -> None: ...

    async def position(self, _: object) -> int:
        return 0

    async def getmany(self, **_: object) -> dict[TopicPartition, list[int]]:
        return {}


async def test_a_topic_of_which_nothing_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "PATIENCE", 0.01)
    with pytest.raises(KafkaTimeoutError, match=r"movietag\.skips gives nothing"):
        async for _ in read_whole(Silent(), partitions_of(topics.SKIPS, 1)):
            pass


@pytest.mark.servers
async def test_a_consumer_that_is_stopped_right_after_an_assignment_stops(kafka: Stack) -> None:
    """aiokafka's loop cancels the requests of the former assignment then, and takes its own cancellation for theirs."""
    await create_topics(kafka.settings)
    at = TopicPartition(topics.TITLES.name, 0)
    for steps in range(4):  # of the loop; without the remedy it waits for ever after none
        async with within(10), make_consumer(kafka.settings) as consumer:
            consumer.assign([at])
            await consumer.seek_to_end(at)
            await consumer.getmany(timeout_ms=300)  # a request is under way now
            consumer.assign([])
            for _ in range(steps):
                await asyncio.sleep(0)
