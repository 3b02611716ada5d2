"""Files that the running stages would refuse are refused by `movietag add`."""

from __future__ import annotations

from pathlib import Path

import pytest

from movietag.fleet.agreeing import reported_settings
from movietag.fleet.stage_roots import StageRoots, refused_path, reported_roots
from movietag.kafka.workers import WorkerName, WorkerReport
from movietag.settings import Settings

HERE, THERE = "alpha", "beta"


def report(stage: str, host: str, *roots: str) -> WorkerReport:
    name = WorkerName("0.3.0", host, 41, "a" * 8, "0001")
    told = reported_settings(Settings(roots=tuple(map(Path, roots))), stage)
    return WorkerReport(stage, f"movietag-{stage}", name.client_id, ready=True, settings=told)


def test_what_workers_report_is_read_back() -> None:
    reports = [
        report("plan", HERE, "/films, old", "/é"),
        report("plan", HERE, "/films, old", "/é"),
        report("plan", THERE),
        report("caption", HERE),
        WorkerReport("plan", "movietag-plan", "faust", ready=True),
    ]
    assert reported_roots(reports) == (
        StageRoots(HERE, ("/films, old", "/é")),
        StageRoots(THERE, ()),
    )


@pytest.mark.parametrize(
    ("path", "at_work", "allowed"),
    [
        ("/films/a.mkv", (StageRoots(HERE, ("/films",)),), True),
        ("/films/../etc/a.mkv", (StageRoots(HERE, ("/films",)),), False),
        ("/films2/a.mkv", (StageRoots(HERE, ("/films",)),), False),
        ("/films/a.mkv", (StageRoots(HERE, ()),), False),
        ("/films/a.mkv", (StageRoots(HERE, ()), StageRoots(THERE, ("/films",))), True),
        ("/films/a.mkv", (), True),
    ],
)
def test_a_path_below_the_folders_of_one_worker_is_enough(
    path: str, at_work: tuple[StageRoots, ...], allowed: bool
) -> None:
    assert (refused_path([path], at_work, HERE) == "") is allowed


def test_links_are_resolved_for_workers_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "films").symlink_to(tmp_path / "disk")
    path = str(tmp_path / "films" / "a.mkv")
    here = StageRoots(HERE, (str(tmp_path / "disk"),))
    assert refused_path([path], (here,), HERE) == ""
    assert refused_path([path], (here,), THERE), "of another machine nobody here knows the links"


def test_it_says_what_the_stages_have_and_how_to_change_it() -> None:
    said = refused_path(["/films/a.mkv"], (StageRoots(HERE, ("/my disk",)),), HERE)
    assert "(/my disk on alpha)" in said
    assert "movietag down, then MOVIETAG_ROOTS='/my disk,/films' movietag up" in said
