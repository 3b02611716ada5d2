"""Sending titles and letters to Kafka, for the commands and the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.errors import PermanentError, TransientError
from movietag.kafka.clients import create_topics, make_producer
from movietag.redaction import shown
from movietag.rules.titles import parse_title
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
            f"Kafka does not answer at {shown(settings.kafka_address)} ({type(error).__name__}). Start the"
            " stack with `movietag up`, or set MOVIETAG_KAFKA."
        ) from error
    finally:
        await sender.stop()


async def send_titles(settings: Settings, values: Sequence[bytes]) -> None:
    """Put titles, as JSON or lines of text, on the topic of titles; returns when Kafka has them.

    Their key is the movie's id, so that what is asked of one movie is done in the order in which it was asked.
    """
    async with producer(settings) as sender:
        sent = [await sender.send(topics.TITLES.name, value, key_of(value)) for value in values]
        await asyncio.gather(*sent)


def key_of(value: bytes) -> bytes | None:
    """The key of a title; None where it is none that movietag can read: the plan stage says why."""
    try:
        return parse_title(value).movie_id.encode()
    except PermanentError:
        return None
