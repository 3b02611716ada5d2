"""A process with passwords keeps them from others of its own account: real processes of an ordinary user."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from support.patience import patience
from worlds import ordinary

from movietag.local.leftovers import processes_of
from movietag.local.programs import stage_programs
from movietag.settings import Settings
from movietag.settings.environment import MARKER

pytestmark = pytest.mark.heavy

SECRET = "kafka-secret-5f1c"
HOLD = """
import signal, sys
if sys.argv[1] == "private":
    from movietag.sandbox.privacy import keep_memory_private
    keep_memory_private()
print("here", flush=True)
signal.pause()
"""
READ = """
import sys
try:
    print(open(f"/proc/{sys.argv[1]}/environ").read())
except OSError as error:
    print(error)
"""


@pytest.mark.parametrize("how", ["open", "private"])
def test_an_environment_is_read_by_others_of_the_account_unless_it_is_private(how: str) -> None:
    world = ordinary()
    with world.start("-c", HOLD, how, MOVIETAG_KAFKA_PASSWORD=SECRET) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "here\n"
            with world.start("-c", READ, str(holder.pid)) as reader:
                read, _ = reader.communicate(timeout=60)
            assert (SECRET in read) == (how == "open")
            assert (_owner(holder) == 0) == (how == "private")
        finally:
            holder.kill()


@pytest.mark.parametrize(
    "what",
    [("-m", "movietag.streams.plan"), ("-m", "movietag.cli", "serve")],
    ids=["a stage", "the pages"],
)
def test_stages_and_pages_are_private(what: tuple[str, ...]) -> None:
    """Their part of /proc belongs to root from then on, whoever they run as."""
    nowhere = {"MOVIETAG_KAFKA": "127.0.0.1:9", "MOVIETAG_ELASTICSEARCH": "http://127.0.0.1:9"}
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)  # theirs, too
        with ordinary().start(*what, MOVIETAG_HOME=home, **nowhere) as process:
            try:
                _until_private(process)
            finally:
                process.kill()
                process.communicate()


def _owner(process: subprocess.Popen[str]) -> int:
    return Path(f"/proc/{process.pid}/environ").stat().st_uid


def _until_private(process: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + patience(60)
    while _owner(process) != 0:
        assert time.monotonic() < ends, "it never became private"
        time.sleep(0.05)
    # What has ended belongs to root as well.
    assert process.poll() is None, process.communicate()[1][-2000:]


def test_a_stage_is_found_as_a_leftover_although_its_environment_is_its_own(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    argv = stage_programs(settings)[0].argv
    module = argv.index("-m")
    command = [*argv[:module], "-c", "print(flush=True); input()"]
    environment = {name: value for name, value in os.environ.items() if name != MARKER}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert processes_of(settings.home) == [psutil.Process(process.pid)]
        assert processes_of(tmp_path / "other") == []
        process.kill()
