"""What ``movietag status`` reports: all parts, all addresses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from movietag.kafka.fleet import FleetStatus
from movietag.local.outlook import LibraryProgress
from movietag.local.stages import StageStatus
from movietag.local.supervision import Process, State
from movietag.local.triton import ports as triton_ports
from movietag.redaction import redacted
from movietag.search.embedded import node_ports
from movietag.settings import Settings
from movietag.settings.home import HomeLayout

STARTING_SECONDS = 60.0  # after which a process that runs must answer


class Addresses(msgspec.Struct, frozen=True):
    """The addresses that the stages use: of the embedded servers, or those of the settings."""

    kafka: str
    elasticsearch: str
    triton_grpc: str
    triton_metrics: str | None  # of the embedded one only
    home: str
    logs: str
    cache: str
    elasticsearch_data: str


class ProcessStatus(msgspec.Struct, frozen=True):
    """One process of the stack."""

    name: str
    state: State
    pid: int | None = None
    uptime_s: float | None = None
    address: str | None = None
    log: str | None = None


class StackStatus(msgspec.Struct, frozen=True):
    """The whole stack; ``up`` if every part runs, and every stage process answers.

    ``fleet`` is all machines', unless only this one was asked for. ``progress`` is missing without Elasticsearch.
    """

    up: bool
    addresses: Addresses
    parts: tuple[ProcessStatus, ...]
    stages: tuple[StageStatus, ...] = ()  # their state when it was queried
    fleet: FleetStatus | msgspec.UnsetType = msgspec.UNSET
    progress: LibraryProgress | msgspec.UnsetType = msgspec.UNSET

    @property
    def here(self) -> bool:
        """Whether any part of it runs, or should."""
        return any(part.state is not State.STOPPED for part in self.parts)

    def json(self) -> str:
        """As ``movietag status --json`` prints it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()


def with_stages(found: StackStatus, stages: Sequence[StageStatus]) -> StackStatus:
    """The status with the state of the stages; not up if a process that runs does not answer."""
    told = tuple(_with_silent(stage, found.parts) for stage in stages)
    return replace(found, up=found.up and not any(stage.silent for stage in told), stages=told)


def _with_silent(stage: StageStatus, parts: Sequence[ProcessStatus]) -> StageStatus:
    of_stage = [
        part
        for part in parts
        if part.name.partition("-")[0] == stage.name
        and part.state is State.RUNNING
        and (part.uptime_s or 0.0) > STARTING_SECONDS
    ]
    return replace(stage, silent=max(0, len(of_stage) - stage.answering))


def addresses(settings: Settings, where: HomeLayout) -> Addresses:
    """All addresses of the stack of these settings."""
    _, metrics = triton_ports(settings.port_base)
    ours = settings.triton is None
    return Addresses(
        kafka=redacted(settings.kafka_address),
        elasticsearch=redacted(settings.elasticsearch_url),
        triton_grpc=redacted(settings.triton_address),
        triton_metrics=f"http://127.0.0.1:{metrics}/metrics" if ours else None,
        home=str(where.home),
        logs=str(where.logs),
        cache=str(where.cache),
        elasticsearch_data=str(where.search),
    )


def part(process: Process, where: HomeLayout, settings: Settings, now: float) -> ProcessStatus:
    """The status of one process."""
    base = settings.port_base
    known = {
        "kafka": redacted(settings.kafka_address),
        "elasticsearch": f"http://127.0.0.1:{node_ports(base)[0]}",
        "triton": redacted(settings.triton_address),
    }
    return ProcessStatus(
        name=process.name,
        state=process.state,
        pid=process.pid,
        uptime_s=round(process.alive_for(now), 1) or None,
        address=known.get(process.name),
        log=str(where.log(process.name)),
    )


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log; empty if it does not exist."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - count * 400))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
