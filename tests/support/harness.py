"""Runs of the harnesses beside the tests (chaos, soak) by their own commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]


def harness_report(name: str, arguments: str) -> Any:
    """What `python -m NAME` reports in the last line of its output; it has to end with 0."""
    done = subprocess.run(
        [sys.executable, "-m", name, *arguments.split()],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, (found, done.stderr[-3000:])
    return found
