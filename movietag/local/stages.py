"""The state of the stages: from their processes, and, as far as these do not report it, from Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from movietag.errors import TransientError
from movietag.kafka.clients import quiet
from movietag.kafka.epochs import count_of
from movietag.kafka.lag import of_stage
from movietag.kafka.unread import group_lags
from movietag.settings import Settings
from movietag.stage_state import PATIENCE as ANSWER_SECONDS
from movietag.stage_state import StageState, Unreadable, probe_stage
from movietag.stages import STAGES

PATIENCE = 3.0  # seconds for Kafka


class StageStatus(msgspec.Struct, frozen=True):
    """One stage, over all its processes that can be reached from this machine.

    Attributes:
        answering: processes of the embedded stack that answer.
        ready: those of them that are ready.
        silent: processes that run and do not answer: stopped, or standing still.
        lag: messages that the stage's group has not committed; None if it is unknown.
        rate: events per second, over the last ten seconds or so.
        pace: events per second while there was work, over the last half hour of it; None if it is unknown.
        in_flight: entries received and not acknowledged.
        oldest_s: age of the oldest of them.
        reasons: why processes are not ready.
        unreadable: unreadable batches at which their partitions are stuck.
        waits: what processes wait for: sites that are paused, a full disk, a server.
        groups: the consumer groups of the processes that answer: one, except while the current count changes.
        behind: messages that are done and not committed, since one before them waits for its next try.
    """

    name: str
    answering: int = 0
    ready: int = 0
    lag: int | None = None
    rate: float | None = None
    in_flight: int | None = None
    oldest_s: float | None = None
    reasons: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    groups: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    silent: int = 0
    pace: float | None = None
    behind: int = 0

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The vocabulary id and epoch of each count among its groups."""
        return [found for group in self.groups if (found := count_of(group))]


def ask_stages(settings: Settings, patience: float = ANSWER_SECONDS) -> tuple[StageStatus, ...]:
    """The state of all stages; never raises because something is down.

    ``patience``: seconds that a process may take to answer.
    """
    numbers = range(1, settings.workers + 1)
    processes = [(stage, number) for stage in STAGES for number in numbers]
    with ThreadPoolExecutor(len(processes)) as pool:
        answers = list(
            pool.map(lambda one: probe_stage(settings, one[0], one[1], patience), processes)
        )
    states = {
        stage: [
            state
            for (asked_of, _), state in zip(processes, answers, strict=True)
            if state and asked_of == stage
        ]
        for stage in STAGES
    }
    silent = {  # a process that has just joined has not measured its lag yet
        stage
        for stage, answering in states.items()
        if len(answering) < settings.workers or not all(state.lag for state in answering)
    }
    lags = lags_by_group(settings) if silent else {}
    return tuple(
        stage_status(
            stage,
            states[stage],
            of_stage(stage, lags) if stage in silent else lag_of(states[stage]),
        )
        for stage in STAGES
    )


def stage_status(stage: str, states: Sequence[StageState], lag: int | None) -> StageStatus:
    """The state of one stage, from its processes' answers."""
    if not states:
        return StageStatus(stage, lag=lag)
    agents = [agent for state in states for agent in state.agents.values()]
    return StageStatus(
        name=stage,
        answering=len(states),
        ready=sum(state.ready for state in states),
        lag=lag,
        rate=round(sum(agent.rate for agent in agents), 2),
        in_flight=sum(agent.in_flight for agent in agents),
        oldest_s=max((agent.oldest_s for agent in agents), default=0.0),
        reasons=tuple(reason for state in states for reason in state.reasons),
        unreadable=tuple(batch for state in states for batch in state.unreadable),
        groups=tuple(sorted({state.group for state in states})),
        pace=sum(paces) if (paces := [agent.pace for agent in agents if agent.pace]) else None,
        waits=tuple(dict.fromkeys(text for state in states for text in state.waits)),
        behind=sum(agent.behind for agent in agents),
    )


def lag_of(states: Iterable[StageState]) -> int:
    """The lag of a stage all of whose processes have reported theirs."""
    return sum(sum(state.lag.values()) for state in states)


def lags_by_group(settings: Settings) -> dict[str, int]:
    """The lag of each consumer group that has committed an offset; empty while Kafka is unreachable."""

    async def query() -> dict[str, int]:
        try:
            async with asyncio.timeout(PATIENCE):
                return await group_lags(settings)
        except (TransientError, TimeoutError):
            return {}

    with quiet():
        return asyncio.run(query())
