"""Tests that are interrupted or killed leave no server behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support.patience import patience

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(400)]

TESTS = Path(__file__).parents[1]
SOME = ("streams/ledger/test_changelog.py", "letters/test_skipping.py")  # a Kafka each


def servers_of(folder: Path) -> list[psutil.Process]:
    """Java processes that have a place below the folder."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "java"
        and any(str(folder) in word for word in process.info["cmdline"] or ())
    ]


def wait_until(true: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + patience(seconds)
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.2)


def interrupt(run: subprocess.Popen[bytes]) -> None:
    """Ctrl-C: every process of the terminal's group gets it."""
    os.killpg(run.pid, signal.SIGINT)


def kill_workers(run: subprocess.Popen[bytes]) -> None:
    for child in psutil.Process(run.pid).children():
        child.kill()
    run.send_signal(signal.SIGINT)  # else others take their place


@pytest.mark.parametrize("end", [interrupt, subprocess.Popen.kill, kill_workers])
def test_no_server_is_left(tmp_path: Path, end: Callable[[subprocess.Popen[bytes]], None]) -> None:
    folder = tmp_path / "run"
    alone = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(
            [
                *(sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile"),
                *(f"--basetemp={folder}", *(str(TESTS / one) for one in SOME)),
            ],
            env=alone,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until(lambda: len(servers_of(folder)) == 2, 60, "two Kafkas")
        end(run)
        wait_until(lambda: run.poll() is not None, 60, "the end of pytest")
        wait_until(lambda: not servers_of(folder), 60, "the end of the servers")
    finally:
        run.kill()
        for left in servers_of(folder):
            left.kill()
