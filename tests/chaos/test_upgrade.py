"""The parts of the upgrade run that need no servers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos import versioned
from chaos.upgrade import ORDER, Versions
from chaos.written import Row, kept_and_not
from movietag.stages import PROCESS, STAGES

SENT = {"kind": "caption", "slot": 1, "build": "newer"}


def started(versions: Versions, stage: str, number: int) -> str:
    """What a process of a stage that is started now imports movietag from."""
    code = "import movietag; print(movietag.__file__)"
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(
        [sys.executable, versioned.__file__, str(versions.folder), stage, *command],
        env={**os.environ, PROCESS: str(number)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.heavy
def test_a_process_is_of_the_version_that_was_set_for_it(tmp_path: Path) -> None:
    versions = Versions(tmp_path / "versions")
    versions.set("plan-2", newer=True)
    newer = str(tmp_path / "versions" / "newer" / "movietag" / "__init__.py")
    assert [started(versions, "plan", number) == newer for number in (1, 2)] == [False, True]
    versions.set("plan-2", newer=False)
    assert started(versions, "plan", 2) != newer
    assert versions.starts("plan-2") == [True, False]
    assert versions.starts() == [False, True, False]


def test_every_stage_is_exchanged_index_first() -> None:
    assert set(ORDER) == set(STAGES)
    assert ORDER[0] == "index"


def test_what_a_ledger_has_not_kept_is_named() -> None:
    less = {"kind": "caption", "slot": 1}
    facts = {(0, 7): SENT, (0, 8): less, (0, 9): SENT}
    rows: list[Row] = [(0, 7, SENT, {}), (0, 8, less, {}), (0, 9, less, {}), (1, 7, less, {})]
    assert kept_and_not(facts, rows) == (1, ["['build'] of 0/9"])
