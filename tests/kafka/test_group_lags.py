"""The lag of consumer groups, as Kafka alone tells it."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from support.patience import patience, within

from movietag.kafka.access import connection
from movietag.kafka.catching_up import wait_until_caught_up
from movietag.kafka.clients import admin, make_consumer, make_producer
from movietag.kafka.unread import group_lags, unread_age
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
