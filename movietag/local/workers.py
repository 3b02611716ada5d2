"""What the workers of all machines report, for ``movietag doctor``."""

from __future__ import annotations

from typing import Final

from movietag.fleet.agreeing import differing_planners
from movietag.kafka.fleet import FleetStatus
from movietag.kafka.fleet_reading import ask_fleet
from movietag.local.findings import CheckResult, Finding
from movietag.local.supervision import Supervisor
from movietag.settings import Settings
from movietag.settings.home import home_layout

NAME: Final = "workers"


def workers(settings: Settings) -> Finding:
    """The finding; Kafka is queried if the stack is up, or the settings name another one."""
    if settings.kafka is None and not Supervisor.connect(home_layout(settings).socket):
        return Finding(NAME, CheckResult.OK, "not checked: the stack is down")
    return workers_finding(ask_fleet(settings))


def workers_finding(fleet: FleetStatus) -> Finding:
    """What to say of a fleet: who is not ready, and that versions or plans differ."""
    if not fleet.groups:
        return Finding(NAME, CheckResult.NOTE, f"not checked: {' '.join(fleet.missing)}")
    every = [(group.stage, worker) for group in fleet.groups for worker in group.workers]
    told = [
        f"{stage} on {worker.host}: {' '.join(worker.reasons)}"
        for stage, worker in every
        if worker.reasons
    ]
    told += [f"{group.stage} has no worker." for group in fleet.groups if not group.workers]
    versions = sorted({worker.version or "an earlier one" for _, worker in every})
    if len(versions) > 1:
        told.append(f"Their versions differ: {', '.join(versions)}.")
    told += differing_planners(
        (worker.host, worker.settings) for stage, worker in every if stage == "plan"
    )
    if not told:
        hosts = len({worker.host for _, worker in every})
        return Finding(NAME, CheckResult.OK, f"{len(every)} are ready, on {hosts} machines")
    return Finding(NAME, CheckResult.NOTE, " ".join(told), "See `movietag status`.")
