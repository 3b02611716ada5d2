"""What a stage says of its broker: that it answers, what its topics hold, that one is gone."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaConnectionError
from faust.types import TP
from support.patience import within
from support.stage_bench import Bench
from support.stage_http import Asked, sample
from support.stage_processes import running

from movietag.kafka.access import connection
from movietag.kafka.clients import admin, create_topics
from movietag.kafka.incarnations import Incarnation
from movietag.kafka.members import (
    STABLE,
    ConsumerGroup,
    GroupMember,
    describe_group,
    describe_groups,
)
from movietag.kafka.topic_ids import KnownTopic
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.streams.runtime.app import make_stage_app
from movietag.streams.runtime.topics import INCARNATIONS
from movietag.streams.watch.broker import UNASSIGNED_LOOKS, BrokerWatch
from movietag.streams.watch.health import Health
from movietag.streams.watch.measuring import Measuring
from movietag.streams.watch.metrics import Metrics

TITLES = TP("movietag.titles", 0)


def described(*partitions: TP, state: str = STABLE) -> ConsumerGroup:
    """A group whose only member has these partitions."""
    member = GroupMember("c", "127.0.0.1", frozenset(TopicPartition(*at) for at in partitions))
    return ConsumerGroup("movietag-plan", state, (member,))


class Consumer:
    """A consumer of one partition, whose broker a test turns off."""

    def __init__(self) -> None:
        self.away = False
        self.group = described(TITLES)
        self.topics: dict[str, KnownTopic] = {TITLES.topic: KnownTopic("a" * 32, 1)}
        self.unacked: list[Any] = []
        self._committed_offset = {TITLES: 5}

    async def known_topics(self, names: Collection[str]) -> Mapping[str, KnownTopic]:
        if self.away:
            raise KafkaConnectionError
        return {name: self.topics[name] for name in names if name in self.topics}

    async def described_group(self) -> ConsumerGroup | None:
        return self.group

    def assignment(self) -> set[TP]:
        return {TITLES}

    async def highwaters(self, *partitions: TP) -> dict[TP, int]:
        return dict.fromkeys(partitions, 9)

    async def positions(self, partitions: Collection[TP]) -> dict[TP, int]:
        return {}


class Field:
    """A stage's health and its consumer, with a clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.failed: list[Exception] = []
        self.consumer = Consumer()
        settings = Settings()
        self.app = make_stage_app("movietag-plan", settings, 16)
        monkeypatch.setattr(type(self.app), "consumer", self.consumer)
        monkeypatch.setattr(self.app, "consumed_topics", lambda: [TITLES.topic])
        self.metrics = Metrics()
        self.watch = BrokerWatch(
            self.app, self.metrics, self.failed.append, lambda: self.now, lambda: self.now
        )
        self.health = Health(
            "plan",
            settings,
            self.app,
            Measuring(self.app, self.metrics),
            Bench("plan").settling,
            self.watch,
        )
        self.health.prepared = self.app.joined = True

    def value(self, name: str) -> float | None:
        lines = self.metrics.text().decode().splitlines()
        return next((float(line.split()[-1]) for line in lines if line.startswith(name)), None)


@pytest.fixture
def field(monkeypatch: pytest.MonkeyPatch) -> Field:
    return Field(monkeypatch)


async def test_a_broker_that_does_not_answer_makes_it_not_ready_and_its_lag_unknown(
    field: Field,
) -> None:
    await field.watch.look()
    assert (field.health.reasons(), field.health.state().lag) == ([], {"titles": 4})
    assert field.value('movietag_lag{topic="titles"}') == 4
    field.consumer.away = True
    for _ in range(3):
        field.now += 5
        await field.watch.look()
    field.now += 5
    assert field.health.reasons() == ["Kafka has not answered for 15 s."]
    assert field.health.state().lag == {}
    assert field.value("movietag_lag{") is None
    assert field.value('movietag_answer_age_seconds{server="kafka"}') == 20
    field.consumer.away = False
    await field.watch.look()
    assert (field.health.reasons(), field.health.state().lag) == ([], {"titles": 4})
    assert field.value('movietag_answer_age_seconds{server="kafka"}') == 0


async def test_the_oldest_message_that_is_not_committed_has_an_age(field: Field) -> None:
    oldest = 'movietag_oldest_message_seconds{topic="titles"}'
    await field.watch.look()
    assert field.value(oldest) is None  # there is one, of which nobody knows more
    done = SimpleNamespace(tp=TITLES, timestamp=100.0, acked=True)
    ledger = SimpleNamespace(tp=TP("movietag-plan-changelog", 0), timestamp=100.0, acked=False)
    taken = [SimpleNamespace(tp=TITLES, timestamp=at, acked=False) for at in (970.0, 960.0, 980.0)]
    field.consumer.unacked = [done, ledger, *taken]
    await field.watch.look()
    assert field.value(oldest) == 40
    field.now += 5
    assert field.value(oldest) == 45  # it ages between two looks
    field.consumer._committed_offset = {TITLES: 9}
    field.consumer.unacked = []
    await field.watch.look()
    assert field.value(oldest) == 0


async def test_a_topic_that_was_deleted_makes_it_not_ready(field: Field) -> None:
    del field.consumer.topics[TITLES.topic]
    await field.watch.look()
    (reason,) = field.health.reasons()
    assert reason.startswith("Topic movietag.titles does not exist")
    assert "movietag topics apply" in reason


async def test_a_partition_that_no_worker_has_makes_them_not_ready(field: Field) -> None:
    """It may have come after the group had shared its partitions out; a rebalance takes a moment, too."""
    field.consumer.topics[TITLES.topic] = KnownTopic("a" * 32, 2)
    for _ in range(UNASSIGNED_LOOKS - 1):
        await field.watch.look()
    field.consumer.group = described(state="PreparingRebalance")  # it shares them out
    await field.watch.look()
    field.consumer.group = described(TITLES)
    for _ in range(UNASSIGNED_LOOKS - 1):
        await field.watch.look()
    assert field.health.reasons() == []
    await field.watch.look()
    reason = "No worker of the group has these partitions: movietag.titles/1."
    assert field.health.reasons() == [reason]
    field.consumer.group = described(TITLES, TP(TITLES.topic, 1))  # another worker has it
    await field.watch.look()
    assert field.health.reasons() == []


async def test_the_broker_says_which_partitions_the_members_have(kafka: Stack) -> None:
    topic = "members-of-a-group"
    async with admin(kafka.settings) as client:
        await client.create_topics([NewTopic(topic, 3, 1)])
        # A broker learns of the topic a moment later: who joins before looks again by itself, after its metadata's age.
        async with AIOKafkaConsumer(
            topic,
            **connection(kafka.settings) | {"client_id": "a-member"},
            group_id="movietag-members",
            metadata_max_age_ms=500,
        ) as consumer:
            async with within(60, "all three partitions"):
                while len(consumer.assignment()) < 3:
                    await asyncio.sleep(0.05)
            node = consumer._coordinator.coordinator_id
            found = await describe_group(client._client, node, "movietag-members")
            groups = await describe_groups(client, ["movietag-members", "movietag-nobodys"])
        (member,) = found.members
        assert member.partitions == {TopicPartition(topic, number) for number in range(3)}
        assert (member.client_id, member.address) == ("a-member", "127.0.0.1")
        assert groups["movietag-members"] == found
        assert groups["movietag-nobodys"].members == ()
        await client.delete_topics([topic])


@pytest.mark.slow
async def test_a_broker_that_hangs_makes_a_stage_not_ready_within_seconds(kafka: Stack) -> None:
    settings = kafka.settings
    await create_topics(settings)
    broker = kafka.pid("kafka")
    assert broker
    with running("plan", settings) as stage:
        await stage.works()
        asked = Asked(settings, "plan")
        await asked.until("state.ready and state.lag")
        os.kill(broker, signal.SIGSTOP)
        try:
            state = await asked.until("not state.ready", 30)
            assert "Kafka has not answered" in state.reasons[0]
            assert not state.lag
            age = sample(asked.get("metrics")[1], 'movietag_answer_age_seconds{server="kafka"}')
            assert age > 10
        finally:
            os.kill(broker, signal.SIGCONT)
        await asked.until("state.ready and state.lag", 120)


async def test_a_topic_that_was_made_again_makes_the_stage_start_anew(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INCARNATIONS, TITLES.topic, Incarnation("a" * 32, 0))
    await field.watch.look()
    assert field.failed == []
    field.consumer.topics[TITLES.topic] = KnownTopic("b" * 32, 1)
    await field.watch.look()
    assert "movietag.titles was deleted and made again" in str(field.failed[0])
