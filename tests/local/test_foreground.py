"""A stack in the foreground, and one that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from movietag.local.foreground import stop_signals, wait_for_end
from movietag.local.leftovers import told_left
from movietag.local.programs import Program
from movietag.local.stack import Stack
from movietag.settings import Settings

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " print('here', flush=True); time.sleep(300)"
)


def works(pid: int) -> bool:
    """Whether a process is there, and not only its entry, which waits for init."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_ends_the_waiting(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGINT)  # ignored, where the tests run in the background
    with stop_signals() as stops:
        os.kill(os.getpid(), number)
        assert wait_for_end(os.getppid(), stops)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.heavy
def test_the_end_of_the_supervisor_ends_the_waiting() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        process.kill()
        with stop_signals() as stops:
            assert not wait_for_end(process.pid, stops)
        process.wait()
        with stop_signals() as stops:
            assert not wait_for_end(process.pid, stops)  # nor is one waited for that is gone


def test_a_stack_that_was_stopped_has_left_nothing_to_say() -> None:
    assert told_left([], was_up=False) == ()


def test_a_machine_that_went_down_has_left_no_process() -> None:
    killed, done_again = told_left([], was_up=True)
    assert "not stopped with `movietag down`" in killed
    assert "counts once" in done_again
    (_, left, _) = told_left([psutil.Process()], was_up=True)
    assert f"(pid {os.getpid()})" in left


@pytest.mark.servers
def test_what_was_killed_is_found_and_ended(tmp_path: Path, port_bases: Iterator[int]) -> None:
    settings = Settings(home=tmp_path, port_base=next(port_bases), kafka="127.0.0.1:1")

    def stack() -> Stack:
        made = Stack(settings)
        made._after_servers = tuple(
            Program("plan", (sys.executable, "-c", STUBBORN)) if one.name == "plan" else one
            for one in made._after_servers
        )
        return made

    first, second = stack(), stack()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("movietag.local.stack.wait_ready", lambda *_: None)
            first.start(only=("plan",))
            left, supervisor = first.pid("plan"), first.supervisor_pid()
            assert left
            assert supervisor
            assert first.found_left == ()
            os.kill(supervisor, signal.SIGKILL)
            second.start(only=("plan",))
        assert "not stopped" in second.found_left[0]
        assert second.pid("plan") not in (None, left)
        assert not works(left)
    finally:
        second.down()
    assert stack().found_left == ()
