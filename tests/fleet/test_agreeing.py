"""Settings of two workers, compared: those that must be equal, and those that decide plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from movietag.errors import UsageError
from movietag.fleet import meeting
from movietag.fleet.agreeing import (
    DECIDING,
    MUST_AGREE,
    differing_planners,
    disagreement,
    reported_settings,
)
from movietag.kafka.workers import WorkerName, WorkerReport
from movietag.settings import Settings
from movietag.stages import STAGES

THEIRS = {
    "model": "other",
    "frame_store": "s3://bucket/frames",
    "roots": (Path("/films"),),
    "caption_language": "german",
    "embedder": "minilm",
    "index_prefix": "films.",
}


def of(stage: str, **settings: Any) -> WorkerReport:
    """What a worker on another machine reports."""
    name = WorkerName("0.3.0", "alpha", 41, "a" * 8, "0001")
    told = reported_settings(
        Settings().model_copy(update=settings), stage
    )  # a prefix is a constant
    group = f"movietag-{stage}"
    return WorkerReport(stage, group, name.client_id, ready=True, settings=told)


def test_every_setting_that_must_agree_is_tried_here() -> None:
    assert THEIRS.keys() == MUST_AGREE.keys()
    assert Settings.model_fields.keys() >= {*MUST_AGREE, *DECIDING}


@pytest.mark.parametrize(
    ("name", "stage"), [(name, one) for name in MUST_AGREE for one in MUST_AGREE[name].stages]
)
def test_another_value_is_refused_with_both_and_the_ways_out(name: str, stage: str) -> None:
    other = of(stage, **{name: THEIRS[name]})
    said = disagreement(reported_settings(Settings(), stage), [of(stage), other])
    assert f"This worker has MOVIETAG_{name.upper()}=" in said
    assert f"the {stage} worker on alpha has" in said
    assert other.settings[name] in said
    assert "stop all workers" in said
    assert "MOVIETAG_ADOPT=settings" in said


@pytest.mark.parametrize("stage", STAGES)
def test_equal_workers_and_those_of_an_earlier_version_agree(stage: str) -> None:
    own = reported_settings(Settings(), stage)
    earlier = WorkerReport(stage, "movietag-plan", "faust", ready=True)
    assert disagreement(own, [of(one) for one in STAGES] + [earlier]) == ""


def test_stages_compare_only_what_they_use() -> None:
    assert disagreement(reported_settings(Settings(), "count"), [of("plan", model="other")]) == ""
    same = of("fetch", roots=(Path("/b"), Path("/a")))
    own = Settings(roots=(Path("/a"), Path("/b")))
    assert disagreement(reported_settings(own, "plan"), [same]) == ""


def test_a_password_in_an_address_is_not_reported() -> None:
    told = reported_settings(Settings(frame_store="s3://user:secret@host/frames"), "fetch")
    assert "secret" not in str(told)


def test_planners_that_differ_are_named_with_their_values() -> None:
    plans = [("alpha", of("plan", slots=40).settings), ("beta", of("plan").settings)]
    (said,) = differing_planners([*plans, ("gamma", {})])
    assert "MOVIETAG_SLOTS" in said
    assert "10 on beta, 40 on alpha" in said
    assert differing_planners([plans[0], plans[0]]) == []


async def test_a_worker_joins_once_the_others_have_left(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [(of("plan", model="other"),), ()]  # killed just now; then no member any more

    async def at_work(settings: Settings) -> tuple[WorkerReport, ...]:
        return looks.pop(0)

    monkeypatch.setattr(meeting, "workers_at_work", at_work)
    monkeypatch.setattr(meeting, "LOOK_SECONDS", 0.0)
    await meeting.require_agreement(Settings(), reported_settings(Settings(), "plan"))
    assert looks == []


@pytest.mark.parametrize("adopt", ["", "settings"])
async def test_a_worker_with_other_settings_is_refused_unless_told_otherwise(
    adopt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_work(settings: Settings) -> tuple[WorkerReport, ...]:
        return (of("plan", model="other"),)

    monkeypatch.setattr(meeting, "workers_at_work", at_work)
    monkeypatch.setattr(meeting, "LEAVING_SECONDS", -1.0)
    joining = meeting.require_agreement(
        Settings(adopt=adopt), reported_settings(Settings(), "plan")
    )
    if adopt:
        await joining
    else:
        with pytest.raises(UsageError, match=r"MOVIETAG_MODEL='llava'.*'other'"):
            await joining
