"""The one place that makes Kafka clients, and the options that connect them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from movietag import topics
from movietag.errors import TransientError
from movietag.settings import Settings
from movietag.shown import shown

_bootstrap = AIOKafkaClient.bootstrap


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


AIOKafkaClient.bootstrap = bootstrap
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


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """A consumer that can be stopped while the broker is away.

    aiokafka cancels its fetches when it stops, and lets the CancelledError of one that waits for its
    next try out to whoever stops it (fetcher.close of 0.14): they would seem to be cancelled, and no
    ``except Exception`` holds that.
    """

    async def stop(self) -> None:
        """Stop; raises CancelledError only when the caller itself is cancelled meanwhile."""
        caller = asyncio.current_task()
        assert caller is not None
        before = caller.cancelling()
        try:
            await super().stop()
        except asyncio.CancelledError:
            if caller.cancelling() > before:
                raise
            fetches = self._fetcher._pending_tasks
            for fetch in fetches:
                fetch.cancel()
            await asyncio.gather(*fetches, return_exceptions=True)
            await self._client.close()


def make_consumer(settings: Settings, **options: Any) -> AIOKafkaConsumer:
    """A consumer without a group unless ``options`` name one; start it with ``async with``."""
    return Consumer(
        **connection(settings),
        **{"enable_auto_commit": False, "auto_offset_reset": "earliest", **options},
    )


def make_admin(settings: Settings) -> AIOKafkaAdminClient:
    """An administration client; call ``start`` and ``close``."""
    return AIOKafkaAdminClient(**connection(settings))


async def create_topics(settings: Settings, extra: dict[str, dict[str, str]] | None = None) -> None:
    """Create every topic of the table, and ``extra`` ones (name -> config), that is not there yet.

    Raises:
        TransientError: the broker is away or refuses; the text names it.
    """
    wanted = {spec.name: spec.config() for spec in topics.ALL} | (extra or {})
    admin = make_admin(settings)
    try:
        await admin.start()
        there = set(await admin.list_topics())
        missing = [
            NewTopic(
                name,
                num_partitions=settings.kafka_partitions,
                replication_factor=settings.kafka_replication,
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
            f"Kafka at {shown(settings.kafka_address)} is away: {error!r}."
        ) from error
    finally:
        await admin.close()


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
