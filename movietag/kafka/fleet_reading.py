"""Reads the state of the fleet from Kafka, within a bounded time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import TypeVar

from movietag.errors import TransientError
from movietag.kafka.clients import admin, kafka_errors, make_consumer, quiet
from movietag.kafka.fleet import FleetStatus, consumed, fleet_groups
from movietag.kafka.members import ConsumerGroup, describe_groups
from movietag.kafka.unread import (
    GroupOffsets,
    Unread,
    group_offsets,
    our_groups,
    unread_age,
    unread_messages,
)
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.kafka.workers import WorkerReport, read_workers
from movietag.settings import Settings
from movietag.stages import stage_of

GROUPS_SECONDS = 5.0  # for members and offsets
UNREAD_SECONDS = 6.0  # for lag and ages
REPORTS_SECONDS = 4.0  # for the workers' reports

T = TypeVar("T")


def ask_fleet(settings: Settings) -> FleetStatus:
    """The state of the fleet, within ``GROUPS_SECONDS + UNREAD_SECONDS``; never raises because something is down."""
    with quiet():
        return asyncio.run(read_fleet(settings))


async def read_fleet(settings: Settings) -> FleetStatus:
    """The same, in an event loop."""
    missing: dict[str, list[str]] = {}
    found, reports = await asyncio.gather(
        _bounded(_groups(settings), "members and offsets", GROUPS_SECONDS, missing),
        _bounded(_reports(settings), "workers' reports", REPORTS_SECONDS, missing),
    )
    groups, offsets = found or ({}, None)
    unread: dict[str, tuple[Unread, float | None]] = {}
    if offsets is not None:
        await _bounded(_unread(settings, offsets, unread), "lag and ages", UNREAD_SECONDS, missing)
    listed = fleet_groups(groups, unread, reports or {}, time.time())
    lines = (f"Not known: {', '.join(parts)}: {reason}" for reason, parts in missing.items())
    return FleetStatus(listed if found else (), tuple(lines))


async def _bounded(
    work: Coroutine[None, None, T], what: str, seconds: float, missing: dict[str, list[str]]
) -> T | None:
    """What ``work`` returns; None if it fails or takes longer: then ``what`` is missing, for a reason."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        reason = f"Kafka did not answer within {seconds:.0f} s."
    except (TransientError, UnreadableBatchError) as error:
        reason = str(error)
    missing.setdefault(reason, []).append(what)
    return None


async def _groups(settings: Settings) -> tuple[dict[str, ConsumerGroup], GroupOffsets]:
    async with admin(settings) as client:
        names = [name for name in await our_groups(client) if stage_of(name)]
        groups = await describe_groups(client, names)
        assigned = {
            name: {at.topic for member in group.members for at in consumed(member)}
            for name, group in groups.items()
        }
        return groups, await group_offsets(client, names, assigned)


async def workers_at_work(settings: Settings) -> tuple[WorkerReport, ...]:
    """The newest report of each worker that is a member of its group now.

    Raises:
        TransientError: Kafka is unreachable.
        UnreadableBatchError: the topic of reports is damaged.
    """
    async with admin(settings) as client:
        names = [name for name in await our_groups(client) if stage_of(name)]
        groups = await describe_groups(client, names)
    members = {one.client_id for group in groups.values() for one in group.members}
    reports = await _reports(settings)
    return tuple(one for client_id, one in reports.items() if client_id in members)


async def _unread(
    settings: Settings, offsets: GroupOffsets, found: dict[str, tuple[Unread, float | None]]
) -> None:
    """Put what each group has not read into ``found``, the lags before the ages."""
    with kafka_errors(settings):
        async with make_consumer(settings, isolation_level="read_committed") as consumer:
            unread = await unread_messages(consumer, offsets)
            found.update((group, (one, None)) for group, one in unread.items())
            for group, one in unread.items():
                if one.starts:
                    found[group] = (one, await unread_age(consumer, one.starts))


async def _reports(settings: Settings) -> Mapping[str, WorkerReport]:
    with kafka_errors(settings):
        async with make_consumer(settings) as consumer:
            return await read_workers(consumer)
