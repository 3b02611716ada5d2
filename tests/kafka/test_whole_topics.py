"""Whole topics are read up to the end that they had at the start; Kafka's errors become one error of ours."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import kafka_errors
from movietag.kafka.whole import partitions_of, read_whole
from movietag.settings import Settings

ONE, TWO = partitions_of(topics.SKIPS, 2)


class Topic:
    """A consumer of two partitions, which gives one record a call; a third one arrives meanwhile."""

    def __init__(self) -> None:
        self.held = {ONE: [3, 4], TWO: []}
        self.at: dict[TopicPartition, int] = {}
        self.assigned: list[TopicPartition] = []

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = partitions

    async def beginning_offsets(self, _: object) -> dict[TopicPartition, int]:
        return {ONE: 3, TWO: 0}

    async def end_offsets(self, _: object) -> dict[TopicPartition, int]:
        return {ONE: 5, TWO: 0}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at[partition] = offset

    async def position(self, partition: TopicPartition) -> int:
        return self.at[partition]

    async def getmany(self, **_: object) -> dict[TopicPartition, list[int]]:
        self.held[ONE].append(5)
        offset = self.held[ONE].pop(0)
        self.at[ONE] = offset + 1
        return {ONE: [offset]}


async def test_a_topic_is_read_to_the_end_that_it_had() -> None:
    topic = Topic()
    read = [record async for records in read_whole(topic, [ONE, TWO]) for record in records]
    assert read == [3, 4]
    assert topic.assigned == [ONE, TWO]


@pytest.mark.parametrize("error", [KafkaConnectionError("none"), OSError("none"), TimeoutError()])
def test_every_error_of_a_client_is_transient_and_names_the_address(error: Exception) -> None:
    with (
        pytest.raises(TransientError, match=r"127\.0\.0\.1:9.*Start the stack"),
        kafka_errors(Settings(kafka="127.0.0.1:9")),
    ):
        raise error
