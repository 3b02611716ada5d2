"""Kafka clients, as far as they need no broker."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import NoGroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.metadata import MetadataResponse_v1
from support.patience import within

from movietag.kafka import patches
from movietag.kafka.clients import make_admin, make_consumer, make_producer
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


async def test_a_consumer_that_did_nothing_leaves_nothing_running(settings: Settings) -> None:
    """Its coordinator's task has not begun, and lets out that it was cancelled."""
    consumer = fetching(make_consumer(settings))
    with patch.object(Client, "cluster", create=True):
        consumer._coordinator = NoGroupCoordinator(Client(), SubscriptionState())
    fetches = {consumer._fetcher._fetch_task, *consumer._fetcher._pending_tasks}
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


@pytest.fixture
async def starting() -> AsyncIterator[Settings]:
    """A broker that is still starting: it answers, and names no broker."""
    answers = {
        18: ApiVersionResponse_v0(0, [(3, 0, 1), (18, 0, 0)]),
        3: MetadataResponse_v1([], -1, []),
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                kind, _, number = struct.unpack(">hhi", (await reader.readexactly(size))[:8])
                body = struct.pack(">i", number) + answers[kind].encode()
                writer.write(struct.pack(">i", len(body)) + body)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Settings(kafka=f"127.0.0.1:{port}")


@pytest.mark.parametrize("make", [make_producer, make_consumer, make_admin])
async def test_a_broker_that_is_still_starting_is_away(make: Any, starting: Settings) -> None:
    client = make(starting)
    async with within(20):
        with pytest.raises(KafkaConnectionError, match="still starting"):
            await client.start()


async def test_aiokafka_still_keeps_a_broker_that_names_none(starting: Settings) -> None:
    """When this fails, aiokafka has mended it: ``bootstrap`` can go."""
    client = AIOKafkaClient(bootstrap_servers=starting.kafka_address)
    await patches._bootstrap(client)
    assert not client.cluster.brokers()
    for connection in client._conns.values():
        connection.close()
    assert not await client.force_metadata_update()
    assert not client._conns
    await client.close()
