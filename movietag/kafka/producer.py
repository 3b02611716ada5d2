"""A started producer for the commands and the page, with the topics created first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from movietag.kafka.clients import create_topics, kafka_errors, make_producer
from movietag.settings import Settings

CONNECT_SECONDS = 10.0


@asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer, started for the block; the topics exist.

    Raises:
        TransientError: Kafka is unreachable; the text says at which address and what to do.
        UsageError: the captions topic has another number of partitions than the settings.
    """
    sender = make_producer(settings)
    with kafka_errors(settings):
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await sender.start()
                await create_topics(settings)
            yield sender
        finally:
            await sender.stop()
