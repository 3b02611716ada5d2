"""A producer for the commands and the page: started, with the topics made, and clear about a Kafka that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from movietag.errors import TransientError
from movietag.kafka.clients import create_topics, make_producer
from movietag.redaction import redacted
from movietag.settings import Settings

CONNECT_SECONDS = 10.0


@asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer, with the topics made.

    Raises:
        TransientError: Kafka is away; the text says where it was looked for and what to do.
    """
    sender = make_producer(settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await sender.start()
            await create_topics(settings)
        yield sender
    except (KafkaError, TransientError, OSError, TimeoutError) as error:
        raise TransientError(
            f"Kafka does not answer at {redacted(settings.kafka_address)} ({type(error).__name__}). Start the"
            " stack with `movietag up`, or set MOVIETAG_KAFKA."
        ) from error
    finally:
        await sender.stop()
