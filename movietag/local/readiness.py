"""Asking each part whether it is ready: nothing is guessed by sleeping."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from movietag.kafka import make_admin
from movietag.local import elasticsearch, triton
from movietag.local.programs import STAGES
from movietag.settings import Settings

PATIENCE = 2.0  # seconds for one question to Kafka

Probe = Callable[
    [], set[str]
]  # names of the parts that are ready; never raises for one that is not


def probes(settings: Settings) -> dict[str, Probe]:
    """The question for each part that has one, by the part's name; all stages share one.

    A stage is ready when it has joined its consumer group.
    """

    def kafka() -> set[str]:
        return asyncio.run(_ask_kafka(settings, _broker))

    def search() -> set[str]:
        return {"elasticsearch"} if elasticsearch.ready(settings.elasticsearch_url) else set()

    def models() -> set[str]:
        return {"triton"} if triton.ready(settings.port_base) else set()

    def stages() -> set[str]:
        return stages_of(asyncio.run(_ask_kafka(settings, _stable_groups)))

    servers: dict[str, Probe] = {"kafka": kafka, "elasticsearch": search, "triton": models}
    return servers | dict.fromkeys(STAGES, stages)


def stages_of(groups: Collection[str]) -> set[str]:
    """The stages with these consumer groups: ``movietag-NAME``, or ``movietag-NAME-…``."""
    return {
        stage
        for stage in STAGES
        if any(f"{group}-".startswith(f"movietag-{stage}-") for group in groups)
    }


async def _broker(client: AIOKafkaAdminClient) -> set[str]:
    """The broker answers a metadata call (its port opens well before)."""
    return {"kafka"} if (await client.describe_cluster())["brokers"] else set()


async def _stable_groups(client: AIOKafkaAdminClient) -> set[str]:
    """The consumer groups whose members have their partitions."""
    stable = set()
    for asked, *_ in await client.list_consumer_groups():
        # One by one: aiokafka 0.14 reads an answer about several groups wrongly.
        for answer in await client.describe_consumer_groups([asked]):
            stable |= {name for _, name, state, *_ in answer.groups if state == "Stable"}
    return stable


async def _ask_kafka(
    settings: Settings, question: Callable[[AIOKafkaAdminClient], Awaitable[set[str]]]
) -> set[str]:
    """The answer, or nothing while Kafka is not there."""
    client = make_admin(settings)
    with _quiet():
        try:
            async with asyncio.timeout(PATIENCE):
                await client.start()
                return await question(client)
        except (KafkaError, OSError, TimeoutError):
            return set()
        finally:
            await client.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep aiokafka from logging that the broker is not there: while it starts, that is no news."""
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
