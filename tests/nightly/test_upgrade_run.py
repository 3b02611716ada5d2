"""An upgrade and back in short, under faults: every frame counts, and all that the newer version wrote is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(1500)]
TESTS = Path(__file__).parents[1]


def test_every_process_is_exchanged_for_a_newer_one_and_back() -> None:
    arguments = (
        "--upgrade --seed 7 --minutes 5 --movies 15 --gap 6 --faults kill,pause,cut,busy,refuse"
    )
    done = subprocess.run(
        [sys.executable, "-m", "chaos", *arguments.split()],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, (found, done.stderr[-3000:])
    assert (found["lost"], found["double"], found["differences"]) == (0, 0, [])
    assert (found["returned"], found["worse"]) == (0, 0)
    upgrade = found["upgrade"]
    assert upgrade["exchanges"] == {"forward": 10, "back": 10}
    assert all(upgrade["written_by_new"].values())
    assert upgrade["passed_over"] > 0
    assert upgrade["kept_by_ledger"] > 0
    assert (upgrade["not_kept"], upgrade["letters_of_versions"]) == (0, 0)
