"""Compares a worker's settings with those of the workers at work, before it joins them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Final

from movietag.errors import UsageError
from movietag.fleet.agreeing import ADOPT, disagreement
from movietag.kafka.fleet_reading import workers_at_work
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.settings import Settings

LEAVING_SECONDS: Final = 15.0  # Kafka counts a killed worker as a member for ten
LOOK_SECONDS: Final = 1.0

log = logging.getLogger("movietag")


async def require_agreement(settings: Settings, own: Mapping[str, str]) -> None:
    """Return if no worker at work has other settings than this one where they must be equal.

    Args:
        settings: of this worker.
        own: what it reports of them.

    Raises:
        UsageError: one has, and stays.
        TransientError: Kafka is unreachable.
    """
    if not own:
        return
    until = time.monotonic() + LEAVING_SECONDS
    while True:
        try:
            reason = disagreement(own, await workers_at_work(settings))
        except UnreadableBatchError as error:  # reports are no reason not to work
            log.warning("settings are not compared with other workers: %s", error)
            return
        if not reason:
            return
        if settings.adopt == ADOPT:
            log.warning("%s", reason)
            return
        if time.monotonic() > until:
            raise UsageError(reason)
        await asyncio.sleep(LOOK_SECONDS)
