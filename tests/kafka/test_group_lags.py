"""The lag of consumer groups, as Kafka alone tells it."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from support.patience import patience, within

from movietag.kafka.access import connection
from movietag.kafka.catching_up import wait_until_caught_up
from movietag.kafka.clients import admin, make_consumer, make_producer
from movietag.kafka.unread import (
    committed_topics,
    group_lags,
    group_offsets,
    unread_age,
    unread_messages,
)
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.topics import TopicSpec

TOPIC = "lag-of-marks"
PLACES = [TopicPartition(TOPIC, number) for number in range(3)]


async def commit(settings: Settings, group: str, offsets: dict[TopicPartition, int]) -> None:
    async with AIOKafkaConsumer(
        **connection(settings), group_id=group, enable_auto_commit=False
    ) as consumer:
        consumer.assign(list(offsets))
        await consumer.commit(offsets)


@dataclass
class BrokerWithTopics:
    """A broker whose topics have one partition each: their messages, and what groups have committed."""

    messages: dict[str, int]
    committed: dict[str, dict[str, int]]

    async def list_consumer_group_offsets(self, group: str) -> dict[TopicPartition, Any]:
        return {
            TopicPartition(topic, 0): SimpleNamespace(offset=offset)
            for topic, offset in self.committed[group].items()
        }

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [{"topic": name, "partitions": [{"partition": 0}]} for name in names]

    async def beginning_offsets(self, every: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(every, 0)

    async def end_offsets(self, every: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {at: self.messages.get(at.topic, 0) for at in every}

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = partitions

    def seek(self, at: TopicPartition, offset: int) -> None:
        pass

    async def getmany(self, *_: object, timeout_ms: int) -> dict[TopicPartition, list[object]]:
        return {at: [object()] for at in self.assigned}


@pytest.mark.parametrize(
    ("group", "committed", "messages", "lag"),
    [
        # Titles are acknowledged; the first requests that they became are being searched for.
        (
            "movietag-plan",
            {"movietag.titles": 9},
            {"movietag.titles": 9, "movietag.requests": 9},
            9,
        ),
        ("movietag-plan", {}, {"movietag.titles.bulk": 3}, 3),
        ("movietag-index", {"movietag.documents": 5}, {"movietag.documents": 5}, 0),
        ("movietag-count-mpst-1-e0", {"movietag.captions": 2}, {"movietag.captions": 5}, 3),
    ],
)
async def test_what_a_stage_has_committed_nothing_of_counts_whole(
    group: str, committed: dict[str, int], messages: dict[str, int], lag: int
) -> None:
    broker: Any = BrokerWithTopics(messages, {group: committed})
    offsets = await group_offsets(broker, [group], committed_topics([group]))
    assert (await unread_messages(broker, offsets))[group].lag == lag


async def test_lag_is_of_our_groups_and_of_messages_not_of_marks(kafka: Stack) -> None:
    settings = kafka.settings
    async with admin(settings) as client:
        await client.create_topics([NewTopic(TOPIC, len(PLACES), 1)])
    async with make_producer(settings) as producer:
        for at in PLACES:
            await producer.send_and_wait(TOPIC, b"one", partition=at.partition)
    async with AIOKafkaProducer(**connection(settings), transactional_id="lags") as producer:
        async with producer.transaction():  # a message and a mark
            await producer.send_and_wait(TOPIC, b"two", partition=0)
        await producer.begin_transaction()  # two messages that never were, and a mark
        for _ in range(2):
            await producer.send_and_wait(TOPIC, b"never", partition=1)
        await producer.abort_transaction()
    await commit(settings, "movietag-lags-marks", {PLACES[0]: 2, PLACES[1]: 1, PLACES[2]: 1})
    await commit(settings, "movietag-lags-behind", {PLACES[0]: 1, PLACES[1]: 1})
    for number in range(20):
        await commit(settings, f"somebody-elses-{number}", {PLACES[0]: 1})
    lags = await group_lags(settings)
    assert lags["movietag-lags-marks"] == 0  # its position is the end, though no offset says so
    assert (
        lags["movietag-lags-behind"] == 1 + 1 + 1
    )  # the second message with its mark, and the third place's
    assert [group for group in lags if not group.startswith("movietag-")] == []
    async with make_consumer(settings) as consumer:
        ages = [await unread_age(consumer, dict.fromkeys(places, 0)) for places in (PLACES, [])]
    assert ages[0] is not None
    assert 0 < ages[0] < patience(60)  # since the topic was made
    assert ages[1] is None
    three, said = settings.model_copy(update={"kafka_partitions": len(PLACES)}), list[int]()
    async with within(20):  # a command that waits for a stage
        await wait_until_caught_up(
            three,
            "lags",
            "movietag-lags-marks",
            TopicSpec(TOPIC, "", ""),
            lambda _, done, total: said.append(total - done),
        )
    assert said == [0]
    async with admin(settings) as client:
        await client.delete_topics([TOPIC])
