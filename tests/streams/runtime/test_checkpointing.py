"""When a stage writes down what it has committed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from support.stage_fakes import Topic

from movietag import topics
from movietag.kafka.checkpoints import Checkpoint
from movietag.records import decode
from movietag.streams.runtime import checkpointing
from movietag.streams.runtime.checkpointing import Checkpoints

PLACE = TopicPartition(topics.VIDEOS.name, 3)


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    made = Topic("offsets", lambda value: decode(Checkpoint, value), [])
    monkeypatch.setattr(checkpointing, "channel", lambda app, spec: made)
    return made


def checkpoints() -> Checkpoints:
    app: Any = SimpleNamespace(conf=SimpleNamespace(id="movietag-fetch"))
    return Checkpoints(app)


async def test_what_is_new_is_written_once(topic: Topic) -> None:
    made = checkpoints()
    changelog = TopicPartition("movietag-plan-plans-changelog", 0)
    made.note({PLACE: OffsetAndMetadata(4, "b"), changelog: OffsetAndMetadata(9, "")})
    made.note({PLACE: OffsetAndMetadata(7, "b")})
    for _ in range(2):
        await made.write()
    assert [(key, record) for key, record, _ in topic.sent] == [
        (b"movietag-fetch/movietag.videos/3", Checkpoint(7, "b"))
    ]
    made.note({PLACE: OffsetAndMetadata(8, "b")})
    await made.write_last()
    assert topic.records[1:] == [Checkpoint(8, "b")]


async def test_what_kafka_did_not_take_is_written_later(topic: Topic) -> None:
    made = checkpoints()
    made.note({PLACE: OffsetAndMetadata(4, "b")})
    topic.errors = [KafkaConnectionError()]
    await made.write()
    assert topic.records == []
    await made.write()
    assert topic.records == [Checkpoint(4, "b")]


async def test_a_kafka_that_takes_nothing_holds_no_partition_up(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "LAST_SECONDS", 0.01)
    made = checkpoints()
    made.note({PLACE: OffsetAndMetadata(4, "b")})
    topic.broker.clear()
    await made.write_last()
    topic.broker.set()
    await made.write()
    assert len(topic.records) == 2
