"""Runs of the harnesses beside the tests (chaos, soak) by their own commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

TESTS = Path(__file__).resolve().parents[1]
STOP_SECONDS = 60


def harness_report(name: str, arguments: str) -> Any:
    """What `python -m NAME` reports in the last line of its output; it has to end with 0.

    If the test's time is up first, the test's error output tells what the harness said, and where it stands.
    """
    command = [sys.executable, "-m", name, *arguments.split()]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command, cwd=TESTS, env=environment, stdout=subprocess.PIPE, stderr=said, text=True
        ) as child,
    ):
        try:
            output, _ = child.communicate()
        except BaseException:
            _end(child)
            print(_tail(said), file=sys.stderr)
            raise
        assert output, _tail(said)
        found = json.loads(output.splitlines()[-1])
        assert child.returncode == 0, (found, _tail(said))
        return found


def _end(child: subprocess.Popen[str]) -> None:
    """Have a harness say where it stands, and stop it and what it has started."""
    child.send_signal(signal.SIGUSR1)
    child.terminate()
    try:
        child.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def _tail(said: IO[str]) -> str:
    said.seek(0)
    return said.read()[-9000:]
