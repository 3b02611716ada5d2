"""A clock that is wrong: topics take Kafka's own time, and older ones that do not are told in one line."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from support.commands import run_movietag
from support.stage_http import Asked
from support.stage_processes import running
from support.topic_reading import title

from movietag import topics
from movietag.kafka.clients import admin, create_topics, make_consumer, make_producer
from movietag.settings import Settings

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]

TWO_HOURS = 7_200_000  # milliseconds
STRICT = {"message.timestamp.type": "CreateTime", "message.timestamp.before.max.ms": "1"}


async def test_the_time_of_a_message_is_the_brokers(own_kafka: Settings) -> None:
    await create_topics(own_kafka)
    place = TopicPartition(topics.TITLES.name, 0)
    async with make_producer(own_kafka) as producer, make_consumer(own_kafka) as consumer:
        for ahead in (0, TWO_HOURS, -TWO_HOURS):
            at = 1_700_000_000_000 + ahead  # years ago
            await producer.send_and_wait(place.topic, b"x", partition=0, timestamp_ms=at)
        consumer.assign([place])
        times = []
        while len(times) < 3:
            times += [
                one.timestamp for one in (await consumer.getmany(timeout_ms=500)).get(place, ())
            ]
    assert times == sorted(times)
    assert min(times) > 1_750_000_000_000


async def test_a_topic_that_refuses_times_is_one_line_and_the_command_that_helps(
    own_kafka: Settings,
) -> None:
    """A topic of before, and a clock that differs: here the broker takes no message older than a millisecond."""
    async with admin(own_kafka) as client:
        new = NewTopic(topics.REQUESTS.name, own_kafka.kafka_partitions, 1, topic_configs=STRICT)
        await client.create_topics([new])
    await create_topics(own_kafka)
    with running("plan", own_kafka) as stage:
        await stage.works()
        async with make_producer(own_kafka) as producer:
            for number in range(40):
                await producer.send_and_wait(topics.TITLES.name, title(f"clock {number}"))
        asked = Asked(own_kafka, "plan")
        state = await asked.until("not state.ready and 'clock' in ''.join(state.reasons)")
        assert state.agents["titles"].in_flight > 0
        assert stage.log.count("plan waits: Kafka refuses messages for their time") == 1
        assert stage.log.count("Traceback") == 0
        done = run_movietag(own_kafka, "topics", "apply")
        assert done.returncode == 0, done.stdout + done.stderr
        await asked.until("state.ready and state.lag.get('titles') == 0", 120)
