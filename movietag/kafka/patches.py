"""Corrections to aiokafka 0.14, made in every client of the process: Faust makes clients of its own."""

from __future__ import annotations

import asyncio

import aiokafka.consumer.consumer
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaConnectionError

from movietag.kafka import fetcher

CANCEL_SECONDS = 0.1  # until what goes on in spite of its cancellation is cancelled once more

_bootstrap = AIOKafkaClient.bootstrap
_close = AIOKafkaConnection.close
_close_fetcher = Fetcher.close


async def bootstrap(client: AIOKafkaClient) -> None:
    """Discover the brokers.

    A broker that is still starting names no broker, not even itself. aiokafka then keeps its one
    connection; when that breaks, it has no broker to query, and waits for ever.

    Raises:
        KafkaConnectionError: no broker answers, or none has finished starting.
    """
    await _bootstrap(client)
    if not client.cluster.brokers():
        await client.close()
        raise KafkaConnectionError(f"{client.hosts} names no broker: it is still starting")


def close(
    connection: AIOKafkaConnection, reason: object = None, exc: BaseException | None = None
) -> asyncio.Future[None]:
    """Close a connection; over TLS without waiting for the broker's close_notify.

    The broker sends it only after it has answered the request in progress, and never if it read ours
    together with a request (Kafka 4.3): aiokafka waits until the event loop gives up after 30 s. Aborting
    loses no message: a caller that waits for a response gets KafkaConnectionError, as on a broken
    network, and each of our clients waits for a response to every request (``acks``).

    Returns:
        A future that is done when the connection is closed.
    """
    writer = connection._writer
    closed: asyncio.Future[None] = _close(connection, reason, exc)
    if writer is not None and writer.get_extra_info("sslcontext"):
        writer.transport.abort()
    return closed


async def close_fetcher(theirs: Fetcher) -> None:
    """Stop fetching.

    When an assignment ends, aiokafka's loop cancels its requests and waits for them. In that moment it takes its own
    cancellation for theirs and goes on: a consumer that is stopped right after ``assign`` waits for ever.
    """
    while not theirs._fetch_task.done():
        theirs._fetch_task.cancel()
        await asyncio.wait([theirs._fetch_task], timeout=CANCEL_SECONDS)
    await _close_fetcher(theirs)


def apply() -> None:
    """Replace aiokafka's functions; a second call changes nothing."""
    AIOKafkaClient.bootstrap = bootstrap
    AIOKafkaConnection.close = close
    Fetcher.close = close_fetcher
    aiokafka.consumer.consumer.Fetcher = fetcher.Fetcher
