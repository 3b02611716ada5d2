"""The state that a stage process reports over HTTP, its port, and the client that queries it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import msgspec

from movietag.settings import Settings
from movietag.stages import PORTS, PROCESS, STAGES

PATIENCE = 1.0  # seconds

_direct = build_opener(
    ProxyHandler({})
)  # never through a proxy of the environment: it is on this machine


class AgentState(msgspec.Struct, frozen=True):
    """The work of one agent of a process; ages in seconds, rates in events per second.

    ``rate`` is that of the last seconds, ``pace`` that of the last half hour in which there was work; null: there was
    none yet. ``behind``: of those in flight, done and not acknowledged, since an earlier one is still in work.
    """

    in_flight: int = 0
    oldest_s: float = 0.0
    rate: float = 0.0
    pace: float | None = None
    behind: int = 0


class Unreadable(msgspec.Struct, frozen=True):
    """An unreadable batch at which a partition is stuck; ``text`` describes it, with the remedy."""

    topic: str
    partition: int
    offset: int
    why: str
    text: str


class StageState(msgspec.Struct, frozen=True):
    """The body of ``/readyz``; ``reasons`` say why the process is not ready, by agent (a topic's short name).

    The reasons include those of ``unreadable``. ``waits`` is what it waits for, though it may be ready: a site that
    is paused, a full disk.
    """

    stage: str
    group: str
    pid: int
    ready: bool
    reasons: tuple[str, ...] = ()
    agents: Mapping[str, AgentState] = {}
    lag: Mapping[str, int] = {}
    internal_errors: int = 0
    unreadable: tuple[Unreadable, ...] = ()
    waits: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Whether it works as far as it can: only unreadable batches keep it from being ready."""
        return set(self.reasons) <= {batch.text for batch in self.unreadable}


_states = msgspec.json.Decoder(StageState)  # built here: several threads use it (see records.wire)


def embedded_port(base: int, stage: str, number: int) -> int:
    """The port of a process of a stage, in the embedded stack with this port base."""
    return base + PORTS[stage] + number - 1


def own_port(settings: Settings, stage: str) -> int | None:
    """The port on which this process, one of ``stage``, serves its state; None for an unknown stage."""
    if settings.health_port is not None:
        return settings.health_port
    if stage not in STAGES:
        return None
    return embedded_port(settings.port_base, stage, int(os.environ.get(PROCESS, "1")))


def embedded_ports(settings: Settings) -> list[int]:
    """The ports of all stage processes of an embedded stack."""
    return [
        embedded_port(settings.port_base, stage, number)
        for stage in STAGES
        for number in range(1, settings.workers + 1)
    ]


def health_urls(settings: Settings) -> dict[str, str]:
    """The address of the health of each stage process of an embedded stack, by the process's name."""
    many = settings.workers > 1
    return {
        f"{stage}-{number}" if many else stage: (
            f"http://127.0.0.1:{embedded_port(settings.port_base, stage, number)}/healthz"
        )
        for stage in STAGES
        for number in range(1, settings.workers + 1)
    }


def probe_stage(
    settings: Settings, stage: str, number: int, patience: float = PATIENCE
) -> StageState | None:
    """The state that a stage process of the embedded stack reports; None if it does not answer.

    ``patience``: seconds that it may take.
    """
    url = f"http://127.0.0.1:{embedded_port(settings.port_base, stage, number)}/readyz"
    try:
        try:
            with _direct.open(url, timeout=patience) as answer:
                body = answer.read()
        except HTTPError as error:  # 503: not ready; the body says why
            body = error.read()
        state = _states.decode(body)
    except (OSError, HTTPException, msgspec.MsgspecError):
        return None
    return state if state.stage == stage else None
