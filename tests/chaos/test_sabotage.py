"""The remedies that are taken out of a stage's handler are out: seen in process, on the benches of the logic tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from support.count_bench import STORY, Counting, fact, facts
from support.fetch_bench import WHOLE, Fetching, job
from support.plan_bench import FIRST, Planning, request
from support.records import title_request

from chaos.sabotage import AFTER
from movietag.streams.handlers import planner


def without(remedy: str, stage: str, **parts: Any) -> None:
    AFTER[remedy](SimpleNamespace(__name__=f"movietag.streams.{stage}", **parts))  # type: ignore[arg-type]


async def test_a_manifest_goes_before_its_frames() -> None:
    bench = Fetching()
    without(
        "the manifest last",
        "fetch",
        fetcher=bench.fetcher,
        download=bench.sender.download,
        frames=bench.frames,
    )
    assert await bench.fetch(job()) == ["captions <- manifest a", *WHOLE, "acked 0"]


async def test_a_plan_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "History", planner.History)  # put back afterwards
    without("sent again on a replay", "plan")
    bench = Planning()
    assert await bench.plan(request(title_request())) == [*FIRST, "acked 0"]
    assert await bench.plan(request(title_request())) == ["acked 0"]


async def test_documents_are_not_told_again() -> None:
    bench = Counting()
    await bench.count(*facts(*STORY))
    other = bench.process()
    without("sent again on a replay", "count", counter=other, ledger=bench.ledger)
    assert await bench.count(fact(STORY[3], 3), counter=other) == ["acked 3"]
