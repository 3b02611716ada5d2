"""A stack that is left alone logs no error, and its memory does not grow: some minutes of `make soak`.

More than five, since Faust judges its consumers only when they are five minutes old.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(900)]

TESTS = Path(__file__).parents[1]


def test_a_stack_left_alone_logs_no_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "soak", "--minutes", "6.5"],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, (found, done.stderr[-3000:])
    assert (found["serious"], found["restarted"]) == (0, [])
    assert found["sent"] > 0
