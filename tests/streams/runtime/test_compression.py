"""What stages send is compressed, on a real Kafka, and read."""

from __future__ import annotations

import secrets

import pytest
from aiokafka import TopicPartition
from support.corrupt_batches import CODEC, batch_at
from support.patience import within

from movietag.kafka.clients import create_topics, make_consumer
from movietag.local.stack import Stack
from movietag.streams.runtime.app import make_stage_app


@pytest.mark.parametrize(
    ("setting", "pictures", "number"),
    [
        (None, False, 4),
        ("zstd", True, 0),
        ("lz4", False, 3),
        ("gzip", False, 1),
        ("none", False, 0),
    ],
)
async def test_stages_compress_what_they_send_unless_it_is_pictures(
    kafka: Stack, setting: str | None, pictures: bool, number: int
) -> None:
    topic = f"test-{secrets.token_hex(4)}"
    await create_topics(kafka.settings, {topic: {"cleanup.policy": "delete"}})
    chosen = {"kafka_compression": setting} if setting else {}
    app = make_stage_app(
        "movietag-test", kafka.settings.model_copy(update=chosen), 16, pictures=pictures
    )
    text = b"a caption of a scene " * 100
    producer = app.producer
    await producer.start()
    try:
        async with within(60):
            sent = await (await producer.send(topic, b"key", text, 0, None, {}))
    finally:
        await producer.stop()
    assert sent.offset == 0
    async with make_consumer(kafka.settings) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        async with within(60):
            record = await anext(consumer)
    assert record.value == text
    assert batch_at(kafka.settings, topic, 0, 0)[CODEC] & 7 == number
