"""The state of the stages and of Kafka, for the progress view."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from movietag.errors import TransientError
from movietag.kafka.clients import admin, quiet
from movietag.local.stages import StageStatus, ask_stages
from movietag.settings import Settings

KAFKA_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """The state of the stages, and whether Kafka responds."""

    stages: Sequence[StageStatus]
    kafka: bool


async def system_status(settings: Settings) -> SystemStatus:
    """The current state; does not raise if something is down."""
    kafka = await kafka_answers(settings)
    return SystemStatus(await asyncio.to_thread(ask_stages, settings), kafka)


async def kafka_answers(settings: Settings) -> bool:
    """Whether Kafka responds within ``KAFKA_SECONDS``."""
    with quiet():
        try:
            async with asyncio.timeout(KAFKA_SECONDS), admin(settings):
                return True
        except (TransientError, TimeoutError):
            return False
