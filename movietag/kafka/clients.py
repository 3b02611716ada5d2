"""The only module that makes Kafka clients, connects them, and translates their errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from movietag import topics
from movietag.errors import TransientError, UsageError
from movietag.kafka import patches
from movietag.kafka.access import connection
from movietag.kafka.consumer import StoppableConsumer
from movietag.kafka.producer import StoppableProducer
from movietag.kafka.skips import end_of, read_skips
from movietag.kafka.topic_ids import known_topics
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.redaction import redacted
from movietag.settings import Settings

CONNECT_SECONDS = 10.0
TOPIC_EXISTS = 36  # Kafka's error code for a topic that already exists

patches.apply()


@contextmanager
def kafka_errors(settings: Settings) -> Iterator[None]:
    """Translate the errors of Kafka's clients.

    Raises:
        TransientError: a client raised KafkaError, OSError or TimeoutError in the block.
    """
    try:
        yield
    except (KafkaError, OSError) as error:  # TimeoutError is an OSError
        raise TransientError(
            f"Kafka does not answer at {redacted(settings.kafka_address)}: {error!r}. Start the stack with"
            " `movietag up`, or correct MOVIETAG_KAFKA; then repeat the command: it continues where it stopped."
        ) from error


def make_producer(settings: Settings) -> AIOKafkaProducer:
    """A producer that waits for all replicas; start it with ``async with``."""
    return StoppableProducer(
        **connection(settings),
        acks="all",
        enable_idempotence=True,
        max_request_size=topics.DEAD_LETTERS.max_bytes,
    )


def make_consumer(settings: Settings, *, skip: bool = True, **options: Any) -> AIOKafkaConsumer:
    """A consumer without a group unless ``options`` name one; start it with ``async with``.

    It passes over unreadable batches that users have skipped, unless ``skip`` is false.
    """
    return StoppableConsumer(
        partial(end_of_skip, settings) if skip else None,
        **connection(settings),
        **{"enable_auto_commit": False, "auto_offset_reset": "earliest", **options},
    )


async def end_of_skip(settings: Settings, batch: UnreadableBatchError) -> int | None:
    """The offset at which reading continues after an unreadable batch; None unless it is skipped.

    Raises:
        UnreadableBatchError: the topic of skips is itself damaged.
        KafkaError, OSError: Kafka is unreachable.
    """
    if batch.topic == topics.SKIPS.name:
        return None
    async with make_consumer(settings, skip=False) as consumer:
        return end_of(await read_skips(consumer, settings.kafka_partitions), batch)


def make_admin(settings: Settings) -> AIOKafkaAdminClient:
    """An admin client that is not started; prefer ``admin``."""
    return AIOKafkaAdminClient(**connection(settings))


@asynccontextmanager
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client, started for the block and closed after it.

    Raises:
        TransientError: Kafka is unreachable, or fails in the block.
    """
    client = make_admin(settings)
    with kafka_errors(settings):
        try:
            await client.start()
            yield client
        finally:
            await client.close()


async def create_topics(settings: Settings, extra: dict[str, dict[str, str]] | None = None) -> None:
    """Create each topic of the table, and of ``extra`` (name -> config), that does not exist.

    New topics get as many partitions and replicas as the captions topic; without one, what the settings say.

    Raises:
        TransientError: the broker is unreachable, or refuses; the text names it.
        UsageError: a topic has another number of partitions than the settings.
    """
    wanted = {spec.name: spec.config() for spec in topics.ALL} | (extra or {})
    async with admin(settings) as client:
        existing = set(await client.list_topics())
        await _refuse_other_partitions(client, existing & set(wanted), settings)
        replicas = settings.kafka_replication
        if topics.CAPTIONS.name in existing:
            replicas = await _current_replicas(client)
        missing = [
            NewTopic(
                name,
                num_partitions=settings.kafka_partitions,
                replication_factor=replicas,
                topic_configs=config,
            )
            for name, config in wanted.items()
            if name not in existing
        ]
        response = await client.create_topics(missing) if missing else None
    for name, code, *_ in response.topic_errors if response else ():
        if code not in (0, TOPIC_EXISTS):
            raise TransientError(f"Kafka refuses to create topic {name}: {for_code(code)}.")


async def _current_replicas(client: AIOKafkaAdminClient) -> int:
    """How many replicas the captions topic has."""
    (described,) = await client.describe_topics([topics.CAPTIONS.name])
    if described["error_code"]:
        raise TransientError(f"Kafka does not describe topic {topics.CAPTIONS.name} yet.")
    return max((len(one["replicas"]) for one in described["partitions"]), default=1)


async def _refuse_other_partitions(
    client: AIOKafkaAdminClient, names: set[str], settings: Settings
) -> None:
    """Compare the partitions of topics that exist: of one that is missing, clients wait without a bound."""
    wanted = settings.kafka_partitions
    found = {
        name: one.partitions for name, one in (await known_topics(client._client, names)).items()
    }
    other = {name: count for name, count in found.items() if count != wanted}
    if not other:
        return
    name = topics.CAPTIONS.name if topics.CAPTIONS.name in other else min(other)
    if other.keys() == found.keys() and len(set(other.values())) == 1:
        remedy = f"set MOVIETAG_KAFKA_PARTITIONS={other[name]}"
    else:
        remedy = (
            f"the {len(found) - len(other)} others have {wanted}. Where `movietag topics repartition` was interrupted,"
            " repeat it; else delete this topic while the stages are stopped, which loses what is in it: it is made"
            " again"
        )
    raise UsageError(
        f"Topic {name} has {other[name]} partitions, the settings say {wanted}: {remedy}. Only"
        " `movietag topics repartition` may raise the number of a topic in use."
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Silence aiokafka's log in the block: while the broker starts, its absence is no news."""
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer, started for the block; the topics exist.

    Raises:
        TransientError: Kafka is unreachable; the text says at which address and what to do.
        UsageError: a topic has another number of partitions than the settings.
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
