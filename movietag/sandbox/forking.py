"""Orders children of movietag.sandbox.forker, of which each process that needs children starts one of its own."""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from movietag.errors import MachineError
from movietag.sandbox.forker import NUMBER, Order
from movietag.sandbox.imports import import_folders

START_SECONDS: Final = (
    60.0  # for the first import on a slow disk; then a child starts in milliseconds
)
END_SECONDS: Final = 30.0  # from the order to kill until the kernel has done so
# numpy would start threads when it is imported, which a fork does not have.
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(eq=False, slots=True)
class Forker:
    """A running movietag.sandbox.forker.

    Attributes:
        process: it.
        control: the socket over which it takes orders.
        environment: what it was started with.
        installed: the state of what it may have imported.
        owner: pid of the process that started it.
    """

    process: subprocess.Popen[bytes]
    control: socket.socket
    environment: Mapping[str, str]
    installed: tuple[int, ...]
    owner: int = field(default_factory=os.getpid)

    def fits(self, environment: Mapping[str, str], installed: tuple[int, ...]) -> bool:
        """Whether it runs, and its children would be as those of a new one: yt-dlp may have been updated meanwhile."""
        mine = self.owner == os.getpid() and self.process.poll() is None
        return mine and self.environment == environment and self.installed == installed

    def kill(self) -> None:
        """End it and all its children at once."""
        self.process.kill()
        self.process.wait()


@dataclass(slots=True)
class Child:
    """A child that runs.

    Attributes:
        pid: of it and of its process group.
        stdout: what it sends.
        stderr: what its libraries print.
    """

    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    _pipes: tuple[asyncio.BaseTransport, ...]
    _line: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    _forker: Forker
    pid: int = 0
    _code: int | None = None

    async def wait(self) -> int:
        """Its exit code, as ``subprocess`` has it; that of SIGKILL if its forker died."""
        if self._code is None:
            told = await self._told()
            self._code = -signal.SIGKILL if told is None else told
        return self._code

    async def started(self) -> None:
        """Wait until it runs. Raises as ``fork_child``."""
        try:
            async with asyncio.timeout(START_SECONDS):
                told = await self._told()
        except TimeoutError:
            self._forker.kill()
            said = f"No child process started within {START_SECONDS:g} s: is the disk slow, or the machine overloaded?"
            raise MachineError("no-process", said) from None
        if told is None:
            raise OSError("The process that starts children ended; its stderr says why.")
        if told < 0:
            raise OSError(-told, f"No child process could be started: {os.strerror(-told)}")
        self.pid = told

    async def end(self) -> None:
        """Kill it and its group; returns when it is gone."""
        try:
            with suppress(OSError):
                self._line[1].write_eof()
            async with asyncio.timeout(END_SECONDS):
                await self.wait()
        except TimeoutError:  # somebody has stopped the forker
            self._forker.kill()
        finally:
            self.close()

    def close(self) -> None:
        """Close this end of its pipes."""
        self._line[1].close()
        for pipe in self._pipes:
            pipe.close()

    async def _told(self) -> int | None:
        """The next number on the line; None at its end."""
        try:
            told = NUMBER.unpack(await self._line[0].readexactly(NUMBER.size))[0]
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        assert isinstance(told, int)
        return told


async def fork_child(
    order: Order, job: bytes, environment: Mapping[str, str], ruleset: int | None
) -> Child:
    """Start a child.

    Args:
        order: what it is.
        job: what its stdin has.
        environment: of the forker, without what the order adds.
        ruleset: descriptor of the Landlock ruleset that it applies; None: there is none.

    Raises:
        OSError: no process can be started.
        MachineError: none was within a minute.
    """
    forker = _forker(environment)
    with ExitStack() as given:

        def passed(number: int) -> int:
            given.callback(os.close, number)
            return number

        stdin = passed(os.memfd_create("job"))
        os.pwrite(stdin, job, 0)
        out, write_out = os.pipe()
        err, write_err = os.pipe()
        ours, its = socket.socketpair()
        descriptors = [stdin, passed(write_out), passed(write_err), passed(its.detach())]
        stdout, out_pipe = await _reader(out)
        stderr, err_pipe = await _reader(err)
        line = await asyncio.open_unix_connection(sock=ours)
        child = Child(stdout, stderr, (out_pipe, err_pipe), line, forker)
        try:
            rules = () if ruleset is None else (ruleset,)
            socket.send_fds(forker.control, [order.to_json()], [*descriptors, *rules])
        except BaseException:
            child.close()
            raise
    try:
        await child.started()
    except BaseException:
        await child.end()
        raise
    return child


async def _reader(pipe: int) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
    )
    return reader, transport


_started: list[Forker] = []  # the newest last; the others end with their last child


def _forker(environment: Mapping[str, str]) -> Forker:
    """The running forker, or a new one."""
    installed = tuple(map(_changed, import_folders(environment.get("PYTHONPATH", ""))))
    if _started and _started[-1].fits(environment, installed):
        return _started[-1]
    for old in _started:
        old.control.close()
    _started[:] = [
        old for old in _started if old.owner == os.getpid() and old.process.poll() is None
    ]
    ours, its = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with its:
        process = subprocess.Popen(
            (sys.executable, "-P", "-m", "movietag.sandbox.forker"),
            stdin=its.fileno(),
            stdout=subprocess.DEVNULL,
            cwd="/",
            env={**environment, **ONE_THREAD},
            start_new_session=True,
        )
    made = Forker(process, ours, dict(environment), installed)
    _started.append(made)
    return made


def _changed(folder: Path) -> int:
    """When something was last added to a folder or removed from it; 0 while it is being replaced."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


@atexit.register
def end_forkers() -> None:
    """End the forkers; with this process they would end by themselves, a moment later."""
    for one in _started:
        if one.owner == os.getpid():
            one.control.close()
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(timeout=END_SECONDS)
