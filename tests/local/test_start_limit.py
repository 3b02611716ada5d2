"""When the time of `movietag up` is over, what was started stays up, and another `up` waits for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from movietag.local.programs import Program
from movietag.local.stack import Stack
from movietag.local.waiting import NotReadyError
from movietag.settings import Settings

SLEEP = "import time; print('reading its ledger', flush=True); time.sleep(300)"


@pytest.mark.servers
def test_what_is_not_ready_in_time_stays_up(tmp_path: Path, port_bases: Iterator[int]) -> None:
    settings = Settings(
        home=tmp_path, port_base=next(port_bases), kafka="127.0.0.1:1", start_seconds=0.1
    )
    stack = Stack(settings)
    stack._after_servers = tuple(
        Program("plan", (sys.executable, "-c", SLEEP)) if program.name == "plan" else program
        for program in stack._after_servers
    )
    try:
        with pytest.raises(NotReadyError, match=r"plan.*stays up.*MOVIETAG_START_SECONDS"):
            stack.start(only=("plan",))
        started = stack.pid("plan")
        assert started
        with pytest.raises(NotReadyError):
            stack.start(only=("plan",))
        assert stack.pid("plan") == started
    finally:
        stack.down()
