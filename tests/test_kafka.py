"""Kafka clients, as far as they need no broker."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher

from movietag.kafka import make_consumer
from movietag.settings import Settings


class Client:
    """What a consumer closes last."""

    closed = False

    async def close(self) -> None:
        self.closed = True


def waiting_fetches(count: int) -> Fetcher:
    """aiokafka's fetcher as it is while the broker is away: its fetches sleep before their next try."""
    fetcher = Fetcher.__new__(Fetcher)
    fetcher._fetch_task = asyncio.ensure_future(asyncio.sleep(3600))
    fetcher._fetch_waiters = set()
    fetcher._pending_tasks = {asyncio.ensure_future(asyncio.sleep(3600)) for _ in range(count)}
    return fetcher


def fetching(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    consumer._fetcher, consumer._client, consumer._closed = waiting_fetches(3), Client(), False
    return consumer


@pytest.fixture
def settings() -> Settings:
    return Settings(kafka="127.0.0.1:1")


async def test_stopping_while_the_broker_is_away_cancels_nobody(settings: Settings) -> None:
    consumer = fetching(make_consumer(settings))
    fetches = list(consumer._fetcher._pending_tasks)
    await asyncio.sleep(0)
    await consumer.stop()
    assert consumer._client.closed
    assert all(fetch.cancelled() for fetch in fetches)


async def test_who_is_cancelled_while_stopping_stays_cancelled(settings: Settings) -> None:
    consumer = fetching(make_consumer(settings))
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping


async def test_aiokafka_still_needs_it(settings: Settings) -> None:
    """When this fails, aiokafka has mended it: ``Consumer`` can go."""
    consumer = fetching(AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1"))
    await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await consumer.stop()
