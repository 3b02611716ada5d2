"""The one place that makes Kafka clients, and the options that connect them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import aiokafka.consumer.consumer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from movietag import topics
from movietag.errors import TransientError, UsageError
from movietag.kafka import fetcher
from movietag.kafka.consumer import StoppableConsumer
from movietag.kafka.skips import end_of, read_skips
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.redaction import redacted
from movietag.settings import Settings

_bootstrap = AIOKafkaClient.bootstrap
_close = AIOKafkaConnection.close


async def bootstrap(client: AIOKafkaClient) -> None:
    """Learn of a broker, in every aiokafka client (Faust's too, which are made elsewhere).

    A broker that is still starting names none, not even itself. aiokafka then goes on with the one
    connection that it has; when that is cut, it knows nobody to ask, and waits for ever (0.14).

    Raises:
        KafkaConnectionError: no broker answers, or none that has started.
    """
    await _bootstrap(client)
    if not client.cluster.brokers():
        await client.close()
        raise KafkaConnectionError(f"{client.hosts} names no broker: it is still starting")


def close(
    connection: AIOKafkaConnection, reason: object = None, exc: BaseException | None = None
) -> asyncio.Future[None]:
    """Close a connection, in every aiokafka client; over TLS without waiting for the broker's close_notify.

    The broker sends it only when it has answered the request in work, and never when it read ours
    together with a request (Kafka 4.3): aiokafka 0.14 waits until the event loop gives up, 30 s. What
    is dropped counts for nobody: whoever waits for an answer gets KafkaConnectionError here, as when
    the network breaks, and every client of ours wants an answer to whatever it sends (``acks``).

    Returns:
        What is done when the connection is closed.
    """
    writer = connection._writer
    closed: asyncio.Future[None] = _close(connection, reason, exc)
    if writer is not None and writer.get_extra_info("sslcontext"):
        writer.transport.abort()
    return closed


AIOKafkaClient.bootstrap = bootstrap
AIOKafkaConnection.close = close
aiokafka.consumer.consumer.Fetcher = fetcher.Fetcher  # of every consumer, Faust's too
TOPIC_EXISTS = 36  # Kafka's error code for a topic that is already there


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context of the Kafka settings; none without TLS."""
    if "SSL" not in settings.kafka_security.replace("SASL", ""):
        return None
    return ssl.create_default_context(cafile=settings.kafka_cafile)


def connection(settings: Settings) -> dict[str, Any]:
    """Keyword arguments with which any aiokafka client connects."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_address,
        "security_protocol": settings.kafka_security,
        "ssl_context": ssl_context(settings),
    }
    if settings.kafka_security.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.kafka_sasl,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def make_producer(settings: Settings) -> AIOKafkaProducer:
    """A producer that waits for all replicas; start it with ``async with``."""
    return AIOKafkaProducer(
        **connection(settings),
        acks="all",
        enable_idempotence=True,
        max_request_size=topics.DEAD_LETTERS.max_bytes,
    )


def make_consumer(settings: Settings, *, skip: bool = True, **options: Any) -> AIOKafkaConsumer:
    """A consumer without a group unless ``options`` name one; start it with ``async with``.

    It passes over batches that cannot be read and are skipped, unless ``skip`` is false.
    """
    return StoppableConsumer(
        partial(end_of_skip, settings) if skip else None,
        **connection(settings),
        **{"enable_auto_commit": False, "auto_offset_reset": "earliest", **options},
    )


async def end_of_skip(settings: Settings, batch: UnreadableBatchError) -> int | None:
    """Where reading goes on behind an unreadable batch; None unless it is skipped.

    Raises:
        UnreadableBatchError: the topic that says it is damaged itself.
        KafkaError, OSError: Kafka is away.
    """
    if batch.topic == topics.SKIPS.name:
        return None
    async with make_consumer(settings, skip=False) as consumer:
        return end_of(await read_skips(consumer, settings.kafka_partitions), batch)


def make_admin(settings: Settings) -> AIOKafkaAdminClient:
    """An administration client; call ``start`` and ``close``."""
    return AIOKafkaAdminClient(**connection(settings))


async def create_topics(settings: Settings, extra: dict[str, dict[str, str]] | None = None) -> None:
    """Create every topic of the table, and ``extra`` ones (name -> config), that is not there yet.

    Partitions and replicas are those of the captions topic where it is there, else the settings'.

    Raises:
        TransientError: the broker is away or refuses; the text names it.
        UsageError: the settings say another number of partitions than there are.
    """
    wanted = {spec.name: spec.config() for spec in topics.ALL} | (extra or {})
    admin = make_admin(settings)
    try:
        await admin.start()
        there = set(await admin.list_topics())
        replicas = settings.kafka_replication
        if topics.CAPTIONS.name in there:
            replicas = await _replicas_there(admin, settings)
        missing = [
            NewTopic(
                name,
                num_partitions=settings.kafka_partitions,
                replication_factor=replicas,
                topic_configs=config,
            )
            for name, config in wanted.items()
            if name not in there
        ]
        answer = await admin.create_topics(missing) if missing else None
        for name, code, *_ in answer.topic_errors if answer else ():
            if code not in (0, TOPIC_EXISTS):
                raise TransientError(f"Kafka refuses to create topic {name}: {for_code(code)}.")
    except (KafkaError, OSError) as error:
        raise TransientError(
            f"Kafka at {redacted(settings.kafka_address)} is away: {error!r}."
        ) from error
    finally:
        await admin.close()


async def _replicas_there(admin: AIOKafkaAdminClient, settings: Settings) -> int:
    """How many replicas the captions topic has; raises UsageError where its partitions are not the settings'."""
    (found,) = await admin.describe_topics([topics.CAPTIONS.name])
    if found["error_code"]:
        raise TransientError(f"Kafka does not tell of topic {topics.CAPTIONS.name} yet.")
    partitions = len(found["partitions"])
    if partitions != settings.kafka_partitions:
        raise UsageError(
            f"Topic {topics.CAPTIONS.name} has {partitions} partitions, the settings say"
            f" {settings.kafka_partitions}: set MOVIETAG_KAFKA_PARTITIONS={partitions}. Never change the"
            " partitions of a topic in use."
        )
    return max((len(one["replicas"]) for one in found["partitions"]), default=1)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep aiokafka from logging that the broker is not there: while it starts, that is no news."""
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
