"""Querying whether each part is ready; nothing relies on sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka.admin import AIOKafkaAdminClient

from movietag.errors import TransientError
from movietag.kafka.clients import admin, quiet
from movietag.local import triton
from movietag.search.embedded import node_ready
from movietag.settings import Settings
from movietag.stage_state import probe_stage
from movietag.stages import STAGES

PATIENCE = 2.0  # seconds for one query of Kafka

Probe = Callable[
    [], set[str]
]  # names of the parts that are ready; never raises for one that is not


def probes(settings: Settings) -> dict[str, Probe]:
    """The probe of each part that has one, by the part's name; all stages share one.

    A stage is ready when each of its processes says so: it has joined its consumer group, got its partitions, and
    read its ledger.
    """

    def kafka() -> set[str]:
        return asyncio.run(_ask_kafka(settings, _broker))

    def search() -> set[str]:
        return {"elasticsearch"} if node_ready(settings) else set()

    def models() -> set[str]:
        return {"triton"} if triton.ready(settings) else set()

    def stages() -> set[str]:
        return {stage for stage in STAGES if all_ready(settings, stage)}

    servers: dict[str, Probe] = {"kafka": kafka, "elasticsearch": search, "triton": models}
    return servers | dict.fromkeys(STAGES, stages)


def all_ready(settings: Settings, stage: str) -> bool:
    """Whether every process of a stage is ready, or only unreadable batches keep it from that.

    Starting must not wait for those: a user has to decide about them, and the rest works.
    """
    states = (probe_stage(settings, stage, number) for number in range(1, settings.workers + 1))
    return all(state is not None and state.works for state in states)


async def _broker(client: AIOKafkaAdminClient) -> set[str]:
    """``kafka`` once the broker answers a metadata request (its port opens well before)."""
    return {"kafka"} if (await client.describe_cluster())["brokers"] else set()


async def _ask_kafka(
    settings: Settings, question: Callable[[AIOKafkaAdminClient], Awaitable[set[str]]]
) -> set[str]:
    """The answer, or an empty set while Kafka is unreachable."""
    with quiet():
        try:
            async with asyncio.timeout(PATIENCE), admin(settings) as client:
                return await question(client)
        except (TransientError, TimeoutError):
            return set()
