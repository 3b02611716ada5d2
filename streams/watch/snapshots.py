"""Snapshots of a stage into Elasticsearch, for dashboards; only where ``snapshot_seconds`` says so.

They are informational: a snapshot that cannot be written is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping

from elasticsearch import ApiError

from movietag.errors import MovietagError
from movietag.search.client import connected
from movietag.search.index.snapshots import SnapshotBody, write_snapshots
from movietag.settings import Settings
from movietag.stage_state import StageState
from movietag.streams.watch.health import Health
from movietag.streams.watch.measuring import AgentTotals, Measuring

log = logging.getLogger("movietag")


async def write_for_ever(settings: Settings, health: Health, measuring: Measuring) -> None:
    """Write a snapshot of each agent every few seconds."""
    process = f"{socket.gethostname()}:{os.getpid()}"
    before: dict[str, AgentTotals] = {}
    since = time.monotonic()
    async with connected(settings) as es:
        while True:
            await asyncio.sleep(settings.snapshot_seconds)
            now, done = time.monotonic(), measuring.done()
            bodies = snapshots(health.state(), done, before, now - since, process)
            before, since = done, now
            try:
                for refused in await write_snapshots(es, bodies):
                    log.warning("a snapshot is left out: %s", refused.reason)
            except (MovietagError, ApiError) as error:
                log.debug("a snapshot is left out: %s", error)


def snapshots(
    state: StageState,
    done: Mapping[str, AgentTotals],
    before: Mapping[str, AgentTotals],
    seconds: float,
    process: str,
) -> list[SnapshotBody]:
    """A snapshot of each agent, from its former and present totals."""
    at_ms = int(time.time() * 1000)
    bodies = []
    for agent, doing in state.agents.items():
        now, then = done.get(agent, AgentTotals()), before.get(agent, AgentTotals())
        entries = now.entries - then.entries
        bodies.append(
            SnapshotBody(
                stage=state.stage,
                process=process,
                agent=agent,
                ready=state.ready,
                seconds=round(seconds, 3),
                events=now.events - then.events,
                handle_s=(now.seconds - then.seconds) / entries if entries else None,
                in_flight=doing.in_flight,
                oldest_s=doing.oldest_s,
                lag=state.lag.get(agent),
                at_ms=at_ms,
            )
        )
    return bodies
