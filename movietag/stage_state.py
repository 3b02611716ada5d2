"""What a stage process tells of itself over HTTP, at which port, and asking it."""

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

_direct = build_opener(ProxyHandler({}))  # never by a proxy of the environment: it is this machine


class AgentState(msgspec.Struct, frozen=True):
    """What one agent of a process is doing; ages in seconds, rates in events per second."""

    in_flight: int = 0
    oldest_s: float = 0.0
    rate: float = 0.0


class Unreadable(msgspec.Struct, frozen=True):
    """A batch that cannot be read, for which a partition waits; ``text`` says so, with the way out."""

    topic: str
    partition: int
    offset: int
    why: str
    text: str


class StageState(msgspec.Struct, frozen=True):
    """What ``/readyz`` answers; ``reasons`` say why it is not ready, by agent (a topic's short name).

    Those of ``unreadable`` are among the reasons.
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

    @property
    def works(self) -> bool:
        """Whether it does what it can: nothing but batches that cannot be read keep it from ready."""
        return set(self.reasons) <= {batch.text for batch in self.unreadable}


_states = msgspec.json.Decoder(StageState)  # made here: several threads ask (see records.decode)


def embedded_port(base: int, stage: str, number: int) -> int:
    """The port of a stage's process in the embedded stack with this port base."""
    return base + PORTS[stage] + number - 1


def own_port(settings: Settings, stage: str) -> int | None:
    """The port at which this process, one of ``stage``, is to answer; None for an unknown stage."""
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


def probe_stage(settings: Settings, stage: str, number: int) -> StageState | None:
    """What a stage's process in the embedded stack tells of itself; None if it does not answer."""
    url = f"http://127.0.0.1:{embedded_port(settings.port_base, stage, number)}/readyz"
    try:
        try:
            with _direct.open(url, timeout=PATIENCE) as answer:
                body = answer.read()
        except HTTPError as error:  # 503: not ready, and why
            body = error.read()
        state = _states.decode(body)
    except (OSError, HTTPException, msgspec.MsgspecError):
        return None
    return state if state.stage == stage else None
