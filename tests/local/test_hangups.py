"""SIGHUP, which a terminal sends when it closes, ends nothing and restarts nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.children import end_with_parent
from support.patience import patience
from support.stage_processes import running

from movietag.local.conf import SHIM, spec_path, supervisor_conf
from movietag.local.layout import make_folders
from movietag.local.programs import Program
from movietag.local.supervision import Supervisor, launch
from movietag.settings import Settings
from movietag.settings.home import home_layout

pytestmark = pytest.mark.heavy

# Both signals are pending when the process runs again, and the lower number comes first.
ENDED_BY_SIGTERM = {0, -signal.SIGTERM}
SLEEP = "import time; print('here', flush=True); time.sleep(60)"


def test_a_program_behind_the_shim_does_not_notice(tmp_path: Path) -> None:
    program = Program("kafka", (sys.executable, "-c", SLEEP), server=True)
    path = tmp_path / "kafka.json"
    path.write_text(program.spec(tmp_path))
    command = [sys.executable, "-S", "-E", str(SHIM), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGHUP)
        process.terminate()
        assert process.wait(patience(20)) in ENDED_BY_SIGTERM


async def test_a_stage_does_not_notice(tmp_path: Path) -> None:
    with running("plan", Settings(home=tmp_path, kafka="127.0.0.1:1")) as stage:
        await stage.says("127.0.0.1:1")
        stage.process.send_signal(signal.SIGHUP)
        assert stage.stop() in ENDED_BY_SIGTERM


def test_the_pages_do_not_notice(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = os.environ | {"MOVIETAG_HOME": str(tmp_path), "MOVIETAG_WEB_PORT": port}
    with subprocess.Popen(
        [sys.executable, "-m", "movietag.cli", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509  # one call of libc
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGHUP)
        process.terminate()
        assert process.wait(patience(20)) in ENDED_BY_SIGTERM


def test_the_supervisor_stops_nothing(tmp_path: Path) -> None:
    where = home_layout(Settings(home=tmp_path / "home"), root=False)
    make_folders(where)
    program = Program("site", (sys.executable, "-c", SLEEP))
    spec_path(where, program).write_text(program.spec(where.home))
    where.conf.write_text(supervisor_conf(where, [program], root=os.geteuid() == 0))
    launch(where.conf, os.environ)
    supervisor = Supervisor.connect(where.socket)
    assert supervisor
    try:
        supervisor.start("site")
        (before,) = supervisor.processes()
        os.kill(supervisor.pid, signal.SIGHUP)
        for _ in range(5):  # each answer is a turn of its loop, in which it looks at signals
            (after,) = supervisor.processes()
        assert after.pid == before.pid
        assert not after.resting
    finally:
        supervisor.shutdown(patience(20))
