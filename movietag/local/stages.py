"""What the stages are doing: asked of their processes, and what those cannot tell, of Kafka."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from movietag.kafka.clients import make_admin, make_consumer, quiet
from movietag.kafka.epochs import count_of
from movietag.settings import Settings
from movietag.stage_state import StageState, Unreadable, probe_stage
from movietag.stages import STAGES

PATIENCE = 3.0  # seconds for Kafka


class StageStatus(msgspec.Struct, frozen=True):
    """One stage, over all its processes that can be reached from here.

    Attributes:
        answering: processes of the embedded stack that answer.
        ready: those of them that are ready.
        lag: messages that the stage's group has not committed; None when nobody can tell.
        rate: events per second, over the last ten seconds or so.
        in_flight: entries taken and not acknowledged.
        oldest_s: age of the oldest of them.
        reasons: why processes are not ready.
        unreadable: batches that cannot be read, for which their partitions wait.
        groups: the consumer groups of those that answer: one, but while something else is to be counted.
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

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The vocabulary id and epoch of each count among its groups."""
        return [found for group in self.groups if (found := count_of(group))]


def ask_stages(settings: Settings) -> tuple[StageStatus, ...]:
    """Every stage; never raises because something is down."""
    numbers = range(1, settings.workers + 1)
    asked = [(stage, number) for stage in STAGES for number in numbers]
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda one: probe_stage(settings, *one), asked))
    states = {
        stage: [
            state
            for (asked_of, _), state in zip(asked, answers, strict=True)
            if state and asked_of == stage
        ]
        for stage in STAGES
    }
    silent = {  # a process that has just joined has not measured its lag yet
        stage
        for stage, told in states.items()
        if len(told) < settings.workers or not all(state.lag for state in told)
    }
    lags = group_lags(settings) if silent else {}
    return tuple(
        summary(
            stage,
            states[stage],
            of_stage(stage, lags) if stage in silent else lag_of(states[stage]),
        )
        for stage in STAGES
    )


def summary(stage: str, states: Sequence[StageState], lag: int | None) -> StageStatus:
    """One stage out of its processes' answers."""
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
    )


def lag_of(states: Iterable[StageState]) -> int:
    """The lag of a stage all of whose processes have told theirs."""
    return sum(sum(state.lag.values()) for state in states)


def of_stage(stage: str, lags: Mapping[str, int]) -> int | None:
    """The lag of a stage's consumer group: ``movietag-NAME`` or ``movietag-NAME-…``.

    Of several (a count of another vocabulary or epoch was there before) the smallest: the others
    have been left where they were.
    """
    return min(
        (lag for group, lag in lags.items() if f"{group}-".startswith(f"movietag-{stage}-")),
        default=None,
    )


def group_lags(settings: Settings) -> dict[str, int]:
    """For each consumer group that has committed: how many messages it has not; none without Kafka."""

    async def ask_kafka() -> dict[str, int]:
        try:
            async with asyncio.timeout(PATIENCE):
                return await _group_lags(settings)
        except (KafkaError, OSError, TimeoutError):
            return {}

    with quiet():
        return asyncio.run(ask_kafka())


async def _group_lags(settings: Settings) -> dict[str, int]:
    admin = make_admin(settings)
    try:
        await admin.start()
        groups = [group for group, *_ in await admin.list_consumer_groups()]
        offsets = {group: await admin.list_consumer_group_offsets(group) for group in groups}
        wanted = {place.topic for committed in offsets.values() for place in committed}
        described = await admin.describe_topics(sorted(wanted)) if wanted else []
    finally:
        await admin.close()
    partitions: defaultdict[str, list[TopicPartition]] = defaultdict(list)
    for topic in described:
        name = topic["topic"]
        partitions[name] = [TopicPartition(name, one["partition"]) for one in topic["partitions"]]
    every = [place for places in partitions.values() for place in places]
    if not every:
        return {}
    async with make_consumer(settings) as consumer:
        first = await consumer.beginning_offsets(every)
        last = await consumer.end_offsets(every)

    def behind(committed: Mapping[TopicPartition, object], places: Iterable[TopicPartition]) -> int:
        read = {place: getattr(committed.get(place), "offset", -1) for place in places}
        return sum(last[place] - max(first[place], read[place]) for place in read)

    return {
        group: sum(behind(found, partitions[topic]) for topic in {place.topic for place in found})
        for group, found in offsets.items()
        if found
    }
