"""A stack ends with the process that owns it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from movietag.local.leftovers import processes_of
from movietag.local.owner import wait

pytestmark = pytest.mark.heavy

OWNING = """
import os, signal, sys
from pathlib import Path
from movietag.local.stack import Stack
from movietag.settings import Settings
home, base = sys.argv[1:]
Stack(Settings(home=Path(home), port_base=int(base)), owner=os.getpid()).start(only=("kafka",))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def sleeping() -> Iterator[list[subprocess.Popen[bytes]]]:
    made = [subprocess.Popen(["sleep", "600"]) for _ in range(2)]
    yield made
    for process in made:
        process.kill()
        process.wait()


def test_the_supervisor_is_told_when_its_owner_has_ended(
    sleeping: list[subprocess.Popen[bytes]],
) -> None:
    owner, supervisor = sleeping
    waiting = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from movietag.local.owner import wait; wait({owner.pid}, {supervisor.pid})",
        ]
    )
    owner.kill()
    owner.wait()
    assert waiting.wait(60) == 0
    assert supervisor.wait(60) == -15


def test_nobody_is_told_when_the_supervisor_has_ended(
    sleeping: list[subprocess.Popen[bytes]],
) -> None:
    owner, supervisor = sleeping
    supervisor.kill()
    wait(owner.pid, supervisor.pid)
    assert owner.poll() is None


def test_who_comes_too_late_is_no_less(sleeping: list[subprocess.Popen[bytes]]) -> None:
    owner, supervisor = sleeping
    owner.kill()
    owner.wait()
    wait(owner.pid, supervisor.pid)
    assert supervisor.wait(60) == -15


def test_a_killed_owner_leaves_no_process(tmp_path: Path, port_bases: Iterator[int]) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", OWNING, str(home), str(next(port_bases))], check=False, timeout=300
    )
    assert done.returncode == -9
    left = processes_of(home)
    _, alive = psutil.wait_procs(left, timeout=120)
    assert not alive
    assert left  # so that it was up
