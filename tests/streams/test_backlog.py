"""The backlog of frames, measured on a real Kafka."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.corrupt_batches import batches_of, damage, wrong_checksum
from support.patience import within

from movietag import topics
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.letters.skipping import skip_batch
from movietag.local.stack import Stack
from movietag.streams import backlog as module
from movietag.streams.backlog import UNKNOWN_BYTES, Backlog, MeanSize

FRAME = 30_000  # bytes


def test_the_mean_size_follows_the_frames() -> None:
    size = MeanSize()
    assert (size.known, size.mean) == (False, UNKNOWN_BYTES)
    for _ in range(10):
        size.see(1000)
    assert (size.known, size.mean) == (True, pytest.approx(1000))
    for _ in range(5000):
        size.see(3000)
    assert size.mean == pytest.approx(3000, rel=0.01)


async def test_what_is_sent_counts_at_once(kafka: Stack) -> None:
    backlog = Backlog(kafka.settings, "none", limit=10 * FRAME)
    for _ in range(10):
        backlog.sent(FRAME)
        await asyncio.wait_for(backlog.room(), 1)
    backlog.sent(FRAME)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(backlog.room(), 0.05)


async def test_there_is_room_again_when_the_group_has_consumed(
    kafka: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.1)
    settings, group = kafka.settings, f"test-{secrets.token_hex(4)}"
    await create_topics(settings)
    places = [TopicPartition(topics.FRAMES.name, at) for at in range(settings.kafka_partitions)]
    async with make_consumer(settings, group_id=group) as consumer:
        consumer.assign(places)
        await consume_all(consumer, places)
        async with make_producer(settings) as producer:
            for number in range(40):
                await producer.send_and_wait(places[0].topic, bytes(FRAME), partition=number % 4)
        backlog = Backlog(settings, group, limit=20 * FRAME)
        watching = asyncio.create_task(backlog.watch())
        try:
            async with within(30):
                while (
                    backlog.waiting != 40 * FRAME
                ):  # sizes seen on the topic: nothing was sent here
                    await asyncio.sleep(0.05)
                assert not backlog._room.is_set()
                await consume_all(consumer, places)
                await backlog.room()
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def consume_all(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
    ends = await consumer.end_offsets(places)
    await consumer.commit(ends)


async def test_a_newest_frame_that_cannot_be_read_does_not_end_the_measuring(kafka: Stack) -> None:
    settings = kafka.settings
    await create_topics(settings)
    place = TopicPartition(topics.FRAMES.name, 7)
    async with make_consumer(settings) as consumer:
        end = (await consumer.end_offsets([place]))[place]
    batches_of(settings, place.topic, place.partition, [[bytes(FRAME)]])
    damage(settings, place.topic, place.partition, end, wrong_checksum)
    backlog = Backlog(settings, f"test-{secrets.token_hex(4)}", limit=20 * FRAME)
    watching = asyncio.create_task(backlog.watch())
    try:
        async with within(30):
            while not backlog.waiting:
                assert not watching.done()
                await asyncio.sleep(0.1)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await skip_batch(settings, place.topic, place.partition, end)
