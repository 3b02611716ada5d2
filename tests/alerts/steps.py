"""The faults: what brings each about, which alerts must fire of it, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from support.stage_http import get

from alerts.field import Field

Labels = dict[str, str]
FAILED_VIDEOS = 14  # more than the ten that MovietagVideosFailing allows
REQUESTS = 8  # more than the five that MovietagPagesFailing allows


async def nothing() -> None:
    """The remedy of what has been counted: it stays so."""


@dataclass(frozen=True)
class Step:
    """A fault.

    Attributes:
        name: what it is.
        cause: brings it about.
        fires: the alerts that must fire, each with labels that it must have.
        remedy: ends it.
    """

    name: str
    cause: Callable[[], Awaitable[object]]
    fires: dict[str, Labels]
    remedy: Callable[[], Awaitable[object]] = nothing


def steps(stack: Field, pages: str) -> tuple[Step, ...]:
    """All of them, in their order."""

    def stopped(name: str) -> Callable[[], Awaitable[None]]:
        return lambda: asyncio.to_thread(stack.stack.stop, name)

    def started(name: str) -> Callable[[], Awaitable[object]]:
        return lambda: asyncio.to_thread(lambda: stack.stack.start(only=(name,)))

    waiting: list[str] = []

    async def without(name: str) -> None:
        await stopped(name)()
        waiting.extend(await stack.pictures(2))

    async def again(name: str) -> None:
        await started(name)()
        await stack.complete(waiting)

    async def no_search() -> None:
        await without("elasticsearch")
        for _ in range(REQUESTS):
            status, _ = await asyncio.to_thread(get, f"{pages}/api/movies")
            assert status >= 500, status

    return (
        Step("a dead letter", stack.blank, {"MovietagDeadLetters": {"error": "bad-title"}}),
        Step(
            "videos that fail",
            lambda: stack.no_videos(FAILED_VIDEOS),
            {"MovietagVideosFailing": {}},
        ),
        Step(
            "a stage down",
            stopped("count"),
            {"MovietagStageMissing": {"stage": "count"}},
            started("count"),
        ),
        Step(
            "Triton down, titles waiting",
            lambda: without("triton"),
            {
                "MovietagServerSilent": {"server": "triton"},
                "MovietagServerFailing": {"kind": "triton"},
                "MovietagStageNotReady": {"stage": "plan"},
            },
            lambda: again("triton"),
        ),
        Step(
            "Elasticsearch down, documents waiting",
            no_search,
            {
                "MovietagServerSilent": {"server": "elasticsearch"},
                "MovietagStageNotReady": {"stage": "index"},
                "MovietagBacklogOld": {"topic": "documents"},
                "MovietagPagesFailing": {},
            },
            lambda: again("elasticsearch"),
        ),
        Step(
            "Kafka down",
            stopped("kafka"),
            {
                "MovietagServerSilent": {"server": "kafka"},
                "MovietagStageNotReady": {"stage": "plan"},
            },
            started("kafka"),
        ),
    )
