"""When a worker gives its partitions back, and when it may come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from movietag.errors import TransientError
from movietag.kafka.members import STABLE, ConsumerGroup, GroupMember
from movietag.kafka.workers import FRESH_SECONDS, WorkerReport
from movietag.streams.failures.retrying import Persistence
from movietag.streams.runtime.coming_back import LONGEST_REST, ComingBack, rest_seconds
from movietag.streams.runtime.giving_back import GivingBack

ME, OTHER, GONE = "me", "other", "gone"
BOUND = 60.0
NOW_MS = 1_700_000_000_000


def report(client_id: str, ready: bool, age: float = 5.0) -> WorkerReport:
    at = NOW_MS - int(age * 1000)
    return WorkerReport("caption", "movietag-caption", client_id, ready, at_ms=at)


def group(*members: str, state: str = STABLE) -> ConsumerGroup:
    mine = frozenset({TopicPartition("movietag.frames", 0)})
    return ConsumerGroup(
        "movietag-caption", state, tuple(GroupMember(one, "10.0.0.1", mine) for one in members)
    )


@dataclass
class Worker:
    """A worker whose work waits since ``waited`` seconds; ``left`` has what it left with."""

    group: ConsumerGroup | None
    reports: list[WorkerReport]
    waited: float = BOUND + 1
    times: int = 0
    worked: bool = False
    left: list[int] = field(default_factory=list)
    now: float = 1000.0

    async def look(self, of_site: bool = False) -> list[int]:
        persist = Persistence("caption", clock=lambda: self.now, sleep=self._looked)

        async def work() -> None:
            if self.now > 1000.0:
                return
            raise TransientError("Triton does not answer.")

        self._giving_back = GivingBack(
            ME,
            persist,
            self,
            self._read,
            self.left.append,
            lambda: self.worked,
            BOUND,
            self.times,
        )
        await persist(work)
        return self.left

    async def _looked(self, seconds: float) -> None:
        self.now += self.waited
        await self._giving_back.look()

    async def _read(self) -> Mapping[str, WorkerReport]:
        return {one.client_id: one for one in self.reports}


UNREADY = report(ME, ready=False, age=0)


async def test_it_leaves_when_another_member_is_ready() -> None:
    worker = Worker(group(ME, OTHER), [UNREADY, report(OTHER, ready=True)])
    assert await worker.look() == [1]


@pytest.mark.parametrize(
    "worker",
    [
        Worker(group(ME, OTHER), [UNREADY, report(OTHER, ready=True)], waited=BOUND - 1),
        Worker(group(ME), [UNREADY, report(GONE, ready=True)]),  # the only member
        Worker(group(ME, OTHER), [UNREADY, report(OTHER, ready=False)]),  # in the same plight
        Worker(group(ME, OTHER), [UNREADY, report(OTHER, ready=True, age=FRESH_SECONDS + 1)]),
        Worker(group(ME, OTHER), [UNREADY]),  # of a version that reports nothing
        Worker(group(ME, OTHER, state="PreparingRebalance"), [report(OTHER, ready=True)]),
        Worker(None, [report(OTHER, ready=True)]),
        Worker(group(ME, OTHER), []),
    ],
    ids=["early", "alone", "all wait", "silent", "older", "rebalance", "unknown", "no reports"],
)
async def test_it_stays_otherwise(worker: Worker) -> None:
    assert await worker.look() == []


@pytest.mark.parametrize(("worked", "times"), [(False, 4), (True, 1)])
async def test_it_counts_how_often_it_left_without_having_worked(worked: bool, times: int) -> None:
    worker = Worker(group(ME, OTHER), [UNREADY, report(OTHER, ready=True)], times=3, worked=worked)
    assert await worker.look() == [times]


def test_whoever_leaves_again_and_again_rests_for_longer() -> None:
    assert [rest_seconds(times, BOUND) for times in (1, 2, 3, 4)] == [0, 60, 180, 420]
    assert rest_seconds(10**9, BOUND) == LONGEST_REST


async def test_it_comes_back_when_its_server_answers_or_nobody_is_left() -> None:
    away, alone, now = True, False, 0.0

    async def probe() -> None:
        if away:
            raise TransientError("Triton at beta does not answer.")

    async def is_alone() -> bool:
        return alone

    outside = ComingBack(probe, is_alone, BOUND, 1, lambda: now)
    with pytest.raises(TransientError, match=r"given back\. Triton at beta does not answer"):
        await outside.allowed()
    alone = True
    await outside.allowed()
    alone, away = False, False
    await outside.allowed()
    resting = ComingBack(probe, is_alone, BOUND, 2, lambda: now)
    with pytest.raises(TransientError, match="rests for 60 s more"):
        await resting.allowed()
    now = BOUND + 1
    await resting.allowed()
