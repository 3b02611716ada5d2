"""The fleet: all workers of all machines, and what each consumer group has to do, as Kafka alone knows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from aiokafka import TopicPartition
from msgspec.structs import replace

from movietag.kafka.members import ConsumerGroup, GroupMember
from movietag.kafka.unread import Unread
from movietag.kafka.workers import FRESH_SECONDS, WorkerReport, worker_name
from movietag.stages import STAGES, stage_of
from movietag.topics import BY_NAME, stage_group

NO_GROUP = "none"  # the state of a stage without a consumer group


class WorkerStatus(msgspec.Struct, frozen=True):
    """A worker of a stage.

    Attributes:
        host: its machine, as it names it; its address where it is of a version that does not say.
        pid: on that machine, or in its container.
        version: of movietag; None: unknown, an earlier one.
        member: whether it is a member of its consumer group: one that prepares itself, or has given its partitions
            back, is none.
        partitions: how many it has of the topics that the stage consumes.
        ready: whether it can work, as it last reported; None: it has not reported for a while, or never does.
        reasons: why it is not ready.
        waits: what it waits for, though it may be ready.
        last: why it was last not ready.
        last_s: seconds since then.
        report_s: seconds since its report.
        settings: those in which workers must agree, and those that decide plans.
    """

    host: str
    pid: int | None = None
    version: str | None = None
    member: bool = True
    partitions: int = 0
    ready: bool | None = None
    reasons: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    last_s: float | None = None
    report_s: float | None = None
    settings: dict[str, str] = {}


class GroupStatus(msgspec.Struct, frozen=True):
    """A consumer group of a stage.

    Attributes:
        stage: its stage.
        group: its id; empty: the stage has none.
        state: as Kafka calls it: ``Stable``, ``Empty``, ``PreparingRebalance``, …; ``none`` without a group.
        lag: messages that it has not committed; None if unknown.
        oldest_s: seconds since the broker got the oldest of them; None if there is none, or it is unknown.
        workers: its members, and workers that report that they are none.
    """

    stage: str
    group: str = ""
    state: str = NO_GROUP
    lag: int | None = None
    oldest_s: float | None = None
    workers: tuple[WorkerStatus, ...] = ()


class FleetStatus(msgspec.Struct, frozen=True):
    """All stages, in their order; ``missing`` says what could not be learnt, and why."""

    groups: tuple[GroupStatus, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Whether each stage has a member that is not known to be unready."""
        working = {
            group.stage
            for group in self.groups
            for worker in group.workers
            if worker.member and worker.ready is not False
        }
        return working >= set(STAGES)


def fleet_groups(
    groups: Mapping[str, ConsumerGroup],
    unread: Mapping[str, tuple[Unread, float | None]],
    reports: Mapping[str, WorkerReport],
    now: float,
) -> tuple[GroupStatus, ...]:
    """The groups of each stage that have workers; where none has, the one with the least lag.

    Counts of other vocabularies and epochs have left groups that lag behind for ever.

    Args:
        groups: by name.
        unread: what they have not read, and for how many seconds at most, by name.
        reports: by client id.
        now: seconds since 1970.
    """
    found: list[GroupStatus] = []
    for stage in STAGES:
        every = [
            _group(stage, group, unread.get(name), reports, now)
            for name, group in groups.items()
            if stage_of(name) == stage
        ]
        nobody = _outside(stage_group(stage), (), reports, now) if not every else ()
        every.sort(key=lambda one: (one.lag is None, one.lag or 0))
        found += [one for one in every if one.workers] or every[:1]
        found += [] if every else [GroupStatus(stage, workers=nobody)]
    return tuple(found)


def _group(
    stage: str,
    group: ConsumerGroup,
    unread: tuple[Unread, float | None] | None,
    reports: Mapping[str, WorkerReport],
    now: float,
) -> GroupStatus:
    members = [_member(member, reports.get(member.client_id), now) for member in group.members]
    known = [member.client_id for member in group.members]
    workers = sorted(members, key=lambda one: (one.host, one.pid or 0))
    return GroupStatus(
        stage=stage,
        group=group.name,
        state=group.state,
        lag=unread[0].lag if unread else None,
        oldest_s=unread[1] if unread else None,
        workers=(*workers, *_outside(group.name, known, reports, now)),
    )


def _outside(
    group: str, members: Collection[str], reports: Mapping[str, WorkerReport], now: float
) -> tuple[WorkerStatus, ...]:
    """Workers that have lately reported that they are not ready, and are no members of their group."""
    outside = [
        report
        for report in reports.values()
        if report.group == group and report.client_id not in members and not report.ready
    ]
    found = [_worker(report.client_id, "unknown", report, now) for report in outside]
    return tuple(replace(one, member=False) for one in found if one.ready is not None)


def _member(member: GroupMember, report: WorkerReport | None, now: float) -> WorkerStatus:
    worker = _worker(member.client_id, member.address, report, now)
    return replace(worker, partitions=len(consumed(member)))


def _worker(client_id: str, address: str, report: WorkerReport | None, now: float) -> WorkerStatus:
    name = worker_name(client_id)
    worker = WorkerStatus(name.host if name else address)
    if name:
        worker = replace(worker, pid=name.pid, version=name.version)
    if report is None:
        return worker
    age = max(0.0, now - report.at_ms / 1000)
    fresh = age <= FRESH_SECONDS
    return replace(
        worker,
        ready=report.ready if fresh else None,
        reasons=report.reasons if fresh else (),
        waits=report.waits if fresh else (),
        last=report.last,
        last_s=None if report.last_ms is None else max(0.0, now - report.last_ms / 1000),
        report_s=age,
        settings=report.settings,
    )


def consumed(member: GroupMember) -> list[TopicPartition]:
    """Its partitions of our topics; a ledger's changelog is none."""
    return [at for at in member.partitions if at.topic in BY_NAME]
