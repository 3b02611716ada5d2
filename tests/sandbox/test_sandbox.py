from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support.patience import patience, within
from support.sandbox_children import BusyError

from movietag.errors import PermanentError, TransientError, UsageError
from movietag.sandbox import parent as sandbox
from movietag.sandbox.access import Access
from movietag.sandbox.child import Limits
from movietag.sandbox.forking import ONE_THREAD
from movietag.sandbox.parent import ChildError, run_child
from movietag.sandbox.scratch import remove_leftovers, scratch_folder

pytestmark = pytest.mark.heavy

LIMITS = Limits(seconds=30, memory_bytes=300 << 20, file_bytes=4 << 20)
PYTHON = Access(programs=(Path(sys.executable),))
HERE = str(Path(__file__).parents[1])


@pytest.fixture(autouse=True)
def child_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", HERE)


async def run(name: str, job: bytes = b"", limits: Limits = LIMITS) -> list[bytes]:
    got: list[bytes] = []

    async def keep(message: bytes) -> None:
        got.append(message)

    await run_child(f"support.sandbox_children:{name}", job, limits, keep, transient=(BusyError,))
    return got


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for the kernel to have done what it was told."""
    async with within(seconds):
        while not true():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_messages_arrive_in_order_and_whole() -> None:
    job = os.urandom(1 << 20)
    assert await run("echo", job) == [job, b"", job[::-1]]


async def test_a_child_sees_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIETAG_KAFKA_PASSWORD", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    names, folder, path, own_session, core = await run("surroundings")
    allowed = {*sandbox.PASSED_ON, "PATH", "HOME", "TMPDIR", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE"}
    allowed |= set(ONE_THREAD)
    assert set(names.decode().split()) <= allowed
    assert folder.decode() not in path.decode().split("\n")  # a download named json.py is no module
    assert not Path(folder.decode()).exists()
    assert (own_session, core) == (b"True", b"0")


@pytest.mark.parametrize(
    ("job", "expected", "kind", "said"),
    [
        (b"permanent", PermanentError, "bad-thing", "나쁘다"),
        (b"transient", TransientError, "", "away"),
        (b"busy", BusyError, "throttled", "Come back later"),
        (b"usage", UsageError, "", "No such setting"),
        (b"bug", ChildError, "", "ZeroDivisionError: a bug"),
        (b"exit", ChildError, "", "status 3"),
        (b"segv", PermanentError, "crashed", "SIGSEGV"),
        (b"xcpu", PermanentError, "too-slow", "CPU"),
        (b"kill", TransientError, "", "SIGKILL"),
        (b"babble", PermanentError, "crashed", "an invalid message"),
    ],
)
async def test_a_childs_error_is_the_parents(
    job: bytes, expected: type[Exception], kind: str, said: str
) -> None:
    with pytest.raises(expected) as caught:
        await run("fail", job)
    assert type(caught.value) is expected
    assert getattr(caught.value, "kind", "") == kind
    assert said in str(caught.value)


async def test_last_words_are_kept_and_bounded() -> None:
    with pytest.raises(ChildError, match="last words") as caught:
        await run("fail", b"exit")
    assert len(str(caught.value)) < 1000


async def test_an_unknown_transient_error_is_still_transient() -> None:
    async def ignore(_message: bytes) -> None:
        pass

    with pytest.raises(TransientError) as caught:
        await run_child("support.sandbox_children:fail", b"busy", LIMITS, ignore)
    assert type(caught.value) is TransientError


async def test_an_unknown_function_is_our_bug() -> None:
    with pytest.raises(ChildError, match="AttributeError"):
        await run("no_such_function")


@pytest.mark.parametrize("how", ["deadline", "cancel", "parent's error"])
async def test_nothing_of_a_child_is_left(how: str) -> None:
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def note(message: bytes) -> None:
        told.set_result(message.decode())
        if how == "parent's error":
            raise ConnectionError("the broker is away")

    limits = Limits(1.5 if how == "deadline" else 60, LIMITS.memory_bytes, LIMITS.file_bytes)
    hanging = run_child("support.sandbox_children:hang", b"", limits, note, access=PYTHON)
    task = asyncio.create_task(hanging)
    child, grandchild, folder = (await asyncio.wait_for(told, 30)).split()
    if how == "cancel":
        task.cancel()
    expected = {
        "deadline": PermanentError,
        "cancel": asyncio.CancelledError,
        "parent's error": ConnectionError,
    }[how]
    with pytest.raises(expected) as caught:
        await task
    if how == "deadline":
        assert getattr(caught.value, "kind", "") == "too-slow"
    assert not psutil.pid_exists(int(child))
    await until(lambda: not alive(int(grandchild)))
    assert not Path(folder).exists()


async def test_the_deadline_leaves_out_the_parents_time() -> None:
    """A broker that is away for long makes no video too slow."""

    async def slow(_message: bytes) -> None:
        await asyncio.sleep(0.7)  # longer in all than the deadline: this is what is tested

    await run_child("support.sandbox_children:echo", b"x", Limits(2, 300 << 20, 1 << 20), slow)


async def test_a_slow_parent_slows_the_child() -> None:
    made: list[int] = []

    async def look(message: bytes) -> None:
        made.append(int((Path(message.rstrip().decode()) / "made").read_text()))

    await run_child("support.sandbox_children:count", b"12", LIMITS, look)
    assert len(made) == 12
    assert all(ahead - taken <= 2 for taken, ahead in enumerate(made))


@pytest.mark.parametrize(
    ("name", "job", "kind"),
    [("hoard", str(400 << 20).encode(), "too-large"), ("write_file", b"5", "too-large")],
)
async def test_limits_hold(name: str, job: bytes, kind: str) -> None:
    with pytest.raises(PermanentError) as caught:
        await run(name, job)
    assert caught.value.kind == kind


async def test_below_the_limits_all_is_well() -> None:
    assert await run("hoard", str(100 << 20).encode()) == [b"\0"]
    assert await run("write_file", b"3") == [b"written"]
    assert await run("hoard_outside", str(100 << 20).encode()) == [b"mapped"]
    assert await run("open_files", b"100") == [b"100"]


async def test_open_files_are_limited() -> None:
    with pytest.raises(PermanentError, match="Too many open files") as caught:
        await run("open_files", b"300", Limits(30, 300 << 20, 1 << 20, open_files=256))
    assert caught.value.kind == "too-many-files"


async def test_memory_that_python_does_not_know_is_limited_too() -> None:
    with pytest.raises(PermanentError) as caught:
        await run("hoard_outside", str(400 << 20).encode())
    assert caught.value.kind == "too-large"


@pytest.mark.parametrize(
    "said",
    [
        "error return without exception set",
        "<function f at 0x7f> returned NULL without setting an exception",
    ],
)
async def test_no_memory_left_for_the_memory_error(said: str) -> None:
    """What CPython 3.11 was seen to raise when it could not allocate the MemoryError itself."""
    with pytest.raises(PermanentError) as caught:
        await run("interpreter_error", said.encode())
    assert caught.value.kind == "too-large"


async def test_cpu_time_is_limited_while_the_clock_stands() -> None:
    """The parent's time is not counted; what the child burns meanwhile is."""

    async def wait_for_its_end(message: bytes) -> None:
        await until(lambda: not alive(int(message)), 90)

    limits = Limits(patience(0.5), 300 << 20, 1 << 20)  # starting counts, too
    with pytest.raises(PermanentError, match=f"{limits.cpu_seconds} s of CPU") as caught:
        await run_child("support.sandbox_children:burn", b"", limits, wait_for_its_end)
    assert caught.value.kind == "too-slow"


async def test_a_message_that_is_too_large_is_not_read() -> None:
    with pytest.raises(PermanentError, match="an invalid message") as caught:
        await run("oversized")
    assert caught.value.kind == "crashed"


async def test_the_deadline_ends_a_busy_child() -> None:
    with pytest.raises(PermanentError, match=r"within 0\.5 s"):
        await run("spin", limits=Limits(0.5, 300 << 20, 1 << 20))


PARENT = """
import asyncio, sys
from pathlib import Path
from movietag.sandbox.child import Limits
from movietag.sandbox.access import Access
from movietag.sandbox.parent import run_child

async def say(message):
    print(message.decode(), flush=True)

python = Access(programs=(Path(sys.executable),))
asyncio.run(
    run_child("support.sandbox_children:hang", b"", Limits(60, 300 << 20, 1 << 20), say, access=python)
)
"""


async def test_a_killed_parent_takes_its_child_along_and_its_folder_is_swept() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child, grandchild, folder = parent.stdout.readline().split()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await until(lambda: not alive(int(child)))
    os.kill(int(grandchild), signal.SIGKILL)  # the kernel ends only the child itself
    base = Path(folder).parent
    assert base.exists()
    remove_leftovers(base.parent)
    assert not base.exists()


def test_folders_in_use_are_not_swept() -> None:
    with scratch_folder() as folder:
        remove_leftovers(folder.parent.parent)
        assert folder.exists()
    assert not folder.exists()


def test_a_folder_that_a_cleaner_took_is_made_again() -> None:
    with scratch_folder() as first:
        pass
    shutil.rmtree(first.parent)
    with scratch_folder() as second:
        assert second.exists()


async def test_a_child_starts_fast() -> None:
    began = time.perf_counter()
    await run("echo")
    assert time.perf_counter() - began < 5  # 0.15 s on an idle core; the machine may be busy


def test_a_child_loads_only_what_it_needs() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, movietag.sandbox.child; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not re.search(r"\b(asyncio|msgspec|pydantic|yt_dlp|av|cv2|numpy)\b", loaded)
