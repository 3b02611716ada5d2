"""Children are forks of a process that has imported all they need, and that may be killed, stopped, or out of date."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from movietag.errors import TransientError
from movietag.sandbox import forking
from movietag.sandbox.child import Limits
from movietag.sandbox.forking import ONE_THREAD
from movietag.sandbox.imports import import_folders
from movietag.sandbox.parent import run_child

pytestmark = pytest.mark.heavy

LIMITS = Limits(seconds=60, memory_bytes=300 << 20, file_bytes=4 << 20)
HERE = str(Path(__file__).parents[1])


@pytest.fixture(autouse=True)
def child_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", HERE)


async def answers(name: str, job: bytes = b"") -> list[bytes]:
    got: list[bytes] = []

    async def keep(message: bytes) -> None:
        got.append(message)

    await run_child(f"support.sandbox_children:{name}", job, LIMITS, keep)
    return got


async def forker_of_a_child() -> int:
    """The pid of the process that forks the children of this one."""
    return int((await answers("wait_for", b"."))[1])


@asynccontextmanager
async def waiting_child() -> AsyncIterator[tuple[int, Path, asyncio.Task[None]]]:
    """A child that waits for a file called ``go``: its forker, its folder, and what runs it."""
    told: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def note(message: bytes) -> None:
        if not told.done():
            told.set_result(message)

    running = asyncio.create_task(
        run_child("support.sandbox_children:wait_for", b"go", LIMITS, note)
    )
    try:
        forker, _, folder = (await told).decode().partition(" ")
        yield int(forker), Path(folder), running
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_children_are_of_one_process_which_stays() -> None:
    async with waiting_child() as (forker, _, _), waiting_child() as (same, _, _):
        assert forker == same == await forker_of_a_child()
    assert os.getpid() != forker == await forker_of_a_child()


async def test_a_child_has_no_descriptor_of_another() -> None:
    async with waiting_child():
        kinds = dict(one.decode().split() for one in await answers("descriptors"))
    pipes = [number for number, kind in kinds.items() if int(kind, 8) == stat.S_IFIFO]
    assert len(kinds) == 4, kinds  # stdin: nothing; stdout and stderr, and what it sends
    assert len(pipes) == 3
    assert int(kinds["0"], 8) == stat.S_IFCHR


async def test_many_at_once_get_their_own_jobs() -> None:
    jobs = [bytes([at]) * 100_000 for at in range(12)]
    found = await asyncio.gather(*(answers("echo", job) for job in jobs))
    assert [one[0] for one in found] == jobs


async def test_children_that_are_cancelled_at_any_moment_disturb_no_other() -> None:
    async def one(number: int) -> None:
        job = str(number).encode() * 1000
        asked = asyncio.create_task(answers("echo", job))
        if number % 3:
            assert (await asked)[0] == job
            return
        for _ in range(number % 40):
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])

    before = psutil.Process().num_fds()
    for _ in range(5):
        await asyncio.gather(*map(one, range(40)))
    assert psutil.Process().num_fds() <= before + 1  # its forker's


async def test_a_killed_forker_takes_its_children_along_and_another_one_starts() -> None:
    async with waiting_child() as (forker, _, running):
        os.kill(forker, signal.SIGKILL)
        with pytest.raises(TransientError, match="SIGKILL from outside"):
            await running
    assert await forker_of_a_child() != forker
    assert not psutil.pid_exists(forker)


async def test_a_stopped_forker_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "END_SECONDS", 0.5)
    monkeypatch.setattr(forking, "START_SECONDS", 0.5)
    async with waiting_child() as (forker, _, running):
        os.kill(forker, signal.SIGSTOP)
        with pytest.raises(TransientError, match="No child process started within"):
            await answers("echo")
        with pytest.raises(TransientError, match="SIGKILL from outside"):
            await running
    monkeypatch.undo()
    os.environ["PYTHONPATH"] = HERE
    assert await forker_of_a_child() != forker


async def test_what_was_installed_meanwhile_is_used_by_the_next_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "movietag.sandbox.forking.import_folders", lambda path: (*import_folders(path), tmp_path)
    )
    async with waiting_child() as (forker, folder, running):
        (tmp_path / "yt_dlp-2026.11.30.dist-info").mkdir()
        other = await forker_of_a_child()
        assert other != forker
        (folder / "go").touch()  # the one that runs goes on
        await running
    assert await forker_of_a_child() == other


PREPARED = """
import importlib, os
from movietag.crawl import download_job, fetch_job, search
from movietag.playing import cutting
for named in {*download_job.BEFORE_FORKING, *fetch_job.BEFORE_FORKING, *search.BEFORE_FORKING}:
    module, _, prepare = named.partition(":")
    loaded = importlib.import_module(module)
    if prepare:
        getattr(loaded, prepare)()
print(len(os.listdir("/proc/self/task")))
"""


def test_preparing_starts_no_thread_which_a_fork_would_lack() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PREPARED],
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1"
