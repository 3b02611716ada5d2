"""What the stages do, asked for the progress view."""

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
class Works:
    """What the stages do, and whether Kafka answers."""

    stages: Sequence[StageStatus]
    kafka: bool


async def works_of(settings: Settings) -> Works:
    """What the stages do as of now; never raises because something is down."""
    kafka = await kafka_answers(settings)
    return Works(await asyncio.to_thread(ask_stages, settings), kafka)


async def kafka_answers(settings: Settings) -> bool:
    """Whether Kafka answers."""
    with quiet():
        try:
            async with asyncio.timeout(KAFKA_SECONDS), admin(settings):
                return True
        except (TransientError, TimeoutError):
            return False
