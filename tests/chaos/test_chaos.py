"""The chaos harness in short: every kind of fault may come, every frame must be accounted for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]


def test_every_frame_counts_once_or_is_a_letter_whatever_is_killed_or_paused() -> None:
    arguments = "--seed 5 --minutes 0.4 --movies 6 --gap 2.5 --faults kill,pause,cut,busy,refuse"
    done = subprocess.run(
        [sys.executable, "-m", "chaos", *arguments.split()],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, (found, done.stderr[-3000:])
    assert found["counted"] + found["dead_lettered"] == found["expected"] > 0
    assert (found["lost"], found["double"], found["differences"]) == (0, 0, [])
    assert (found["returned"], found["worse"]) == (0, 0)
    assert found["forgotten"] > 0
    assert found["searched_in_vain"] > 0
    assert found["kills"] + found["pauses"] >= 3, found["faults"]
