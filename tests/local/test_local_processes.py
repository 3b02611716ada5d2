"""The shim, the lock and the search for leftovers, on real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from movietag.errors import MovietagError
from movietag.local import leftovers
from movietag.local import shim as shim_module
from movietag.local.conf import SHIM
from movietag.local.locking import locked_file
from movietag.local.programs import Program
from movietag.local.shim import await_space, environment
from movietag.settings.environment import MARKER

pytestmark = pytest.mark.heavy

SLEEP = "import time; print('here', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
PARENT = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); input()"


def spec(folder: Path, program: Program) -> str:
    path = folder / f"{program.name}.json"
    path.write_text(program.spec(folder))
    return str(path)


def shim(path: str) -> list[str]:
    return [sys.executable, "-S", "-E", str(SHIM), path]


def test_a_server_does_not_see_the_settings_but_keeps_its_marker() -> None:
    base = {"MOVIETAG_KAFKA_PASSWORD": "secret", MARKER: "/srv/h", "PATH": "/bin"}
    known = {"settings": False, "env": {"A": "1"}}
    assert environment(known, base) == {MARKER: "/srv/h", "PATH": "/bin", "A": "1"}
    assert environment(known | {"settings": True}, base) == base | {"A": "1"}


def test_the_shim_becomes_the_program_with_any_argument(tmp_path: Path) -> None:
    odd = "a b; #c 100% \"d\" 'e' $F é"
    show = "import json, os, sys; print(json.dumps([sys.argv[1], os.getcwd(), os.environ['X']]))"
    program = Program("echo", (sys.executable, "-c", show, odd), {"X": odd}, tmp_path)
    done = subprocess.run(shim(spec(tmp_path, program)), capture_output=True, check=True)
    assert json.loads(done.stdout) == [odd, str(tmp_path), odd]


def test_a_server_waits_for_space_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter([3 << 20, 63 << 20, 64 << 20])
    monkeypatch.setattr(shim_module, "_free", lambda folder: next(looks))
    program = Program("kafka", ("/bin/x",), server=True, data=tmp_path)
    await_space(json.loads(program.spec(tmp_path)), 0)
    assert next(looks, None) is None
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert f"The disk is full: 3 MiB are free in {tmp_path}, 64 MiB are needed" in said


def test_only_a_program_with_data_waits_for_space(tmp_path: Path) -> None:
    for program in (
        Program("plan", ("/bin/x",)),
        Program("kafka", ("/bin/x",), server=True, data=tmp_path / "none"),
    ):
        await_space(json.loads(program.spec(tmp_path)), 3600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_the_shim_gives_up_all_rights_of_root(tmp_path: Path) -> None:
    show = "import os; print(os.getresuid(), os.getresgid(), os.getgroups())"
    program = Program(
        "id", ("/usr/bin/env", "python3", "-c", show), user=65534, directory=Path("/")
    )
    done = subprocess.run(shim(spec(tmp_path, program)), capture_output=True, check=True)
    assert done.stdout.split(b"\n")[0] == b"(65534, 65534, 65534) (65534, 65534, 65534) []"


def test_a_program_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    program = Program("sleep", (sys.executable, "-c", SLEEP))
    command = [sys.executable, "-c", PARENT, *shim(spec(tmp_path, program))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert parent.stdout.readline() == b"here\n"  # it is the program by now
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=10)
    assert not alive


@pytest.mark.parametrize("code", [SLEEP, STUBBORN], ids=["willing", "ignores SIGTERM"])
def test_leftovers_are_found_by_their_home_and_ended(tmp_path: Path, code: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=os.environ | {MARKER: str(home)},
            stdout=subprocess.PIPE,
        )
        for home in (tmp_path / "a", tmp_path / "b")
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == b"here\n"
        found = leftovers.processes_of(tmp_path / "a")
        assert [process.pid for process in found] == [started[0].pid]
        leftovers.end(found, patience=0.5)
        assert leftovers.processes_of(tmp_path / "a") == []
        assert started[1].poll() is None  # another home's
    finally:
        for process in started:
            process.send_signal(signal.SIGKILL)
            process.communicate()


def test_a_second_command_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "lock"
    with (
        locked_file(lock),
        pytest.raises(MovietagError, match=rf"pid {os.getpid()}\)"),
        locked_file(lock),
    ):
        pass
    with locked_file(lock):  # free again
        pass
