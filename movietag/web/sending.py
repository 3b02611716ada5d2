"""Asks Kafka, and sends titles to it, within the deadline of a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from movietag.adding import send_titles
from movietag.errors import TransientError
from movietag.kafka.clients import quiet
from movietag.redaction import redacted
from movietag.search.client import ElasticsearchAwayError
from movietag.settings import Settings

SECONDS: Final = 6.0  # for Kafka


class QueueUnavailableError(TransientError):
    """Kafka has not acknowledged what was sent; the text may be shown to whoever sent it."""


@asynccontextmanager
async def queue_errors(settings: Settings, seconds: float = SECONDS) -> AsyncIterator[None]:
    """A block that reads or writes Kafka, ended after some seconds. It may be repeated.

    Raises:
        QueueUnavailableError: Kafka did not answer in the block, or not in time.
        ElasticsearchAwayError: the block asked it, too.
    """
    try:
        with quiet():
            async with asyncio.timeout(seconds):
                yield
    except ElasticsearchAwayError:
        raise
    except (TimeoutError, TransientError):
        raise QueueUnavailableError(
            f"Kafka does not answer at {redacted(settings.kafka_address)}: it may not have been sent, or not all of"
            " it. Sending it again does no harm."
        ) from None


async def send_within(settings: Settings, values: Sequence[bytes], *, bulk: bool = False) -> None:
    """Send titles within ``SECONDS``; raises QueueUnavailableError."""
    async with queue_errors(settings):
        await send_titles(settings, values, bulk=bulk)
