"""Run a function on untrusted input in a child process with limits, and stream its results.

The child (movietag.sandbox.child) has its own session and its own temporary folder, and reaches nothing else
except what it is granted (movietag.sandbox.access). The function takes the job's bytes and yields messages (bytes),
which reach the parent one at a time through a pipe: a slow parent slows the child down.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Final

from movietag.errors import MachineError, PermanentError, TransientError, UsageError
from movietag.sandbox.access import NOTHING, Access
from movietag.sandbox.child import HEADER, Confinement, Limits
from movietag.sandbox.landlock import ruleset
from movietag.sandbox.syscalls import program
from movietag.sandbox.workplace import Workplace, make_workplace

_KIND: Final = re.compile(r"[a-z0-9-]{1,60}")  # of an error, a short stable word
MAX_MESSAGE: Final = 16 << 20  # bytes
KEPT_STDERR: Final = 4096  # bytes
# The environment of a child: no password or key. What it needs of the settings is in its job.
PASSED_ON: Final = ("LANG", "LC_ALL", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZ")
NO_PROGRAMS: Final = "/nonexistent"

OnMessage = Callable[[bytes], Awaitable[None]]


class ChildError(RuntimeError):
    """A bug of movietag in the child; the text ends with its traceback."""


async def run_child(
    function: str,
    job: bytes,
    limits: Limits,
    on_message: OnMessage,
    *,
    transient: Sequence[Callable[[str, str], TransientError]] = (),
    access: Access = NOTHING,
    at: Workplace | None = None,
) -> None:
    """Run ``module:function`` on ``job`` in a child; await ``on_message`` for each of its messages.

    When this returns or raises, the child and all its descendants are gone, and so is a folder created here.

    Args:
        function: what the child calls, ``(job: bytes) -> Iterator[bytes]``.
        job: its argument.
        limits: what the child may use.
        on_message: called in order; an exception of it ends the child and is raised from here.
        transient: subclasses of TransientError, constructed from ``(kind, reason)``, that keep their class;
            others arrive as TransientError.
        access: what the child may reach in addition to its folder and what Python imports.
        at: its folder and account; by default a fresh folder, which is removed at the end.

    Raises:
        PermanentError: the child raised it; or ``too-slow`` (deadline), ``too-large`` (memory, file
            size), ``crashed`` (ended by a signal that it caused itself).
        TransientError: the child raised it, or was killed from outside; MachineError where this machine is at
            fault.
        UsageError: the child raised it.
        ChildError: any other exception in the child.
        OSError: no process can be started, or a file or folder of ``access`` does not exist.
    """
    with nullcontext(at) if at else make_workplace(access) as here:
        process = await _start(function, limits, access, here)
        stderr = bytearray()
        helpers = [
            asyncio.create_task(_write_job(process, job)),
            asyncio.create_task(_keep_last(process, stderr)),
        ]
        try:
            error = await _messages(process, limits, on_message)
            if error is None:
                return
            if error == b"":
                await asyncio.wait([asyncio.create_task(process.wait()), helpers[1]], timeout=5)
                raise _ended_early(process.returncode, bytes(stderr), limits)
            raise _rebuilt(error, transient)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            for helper in helpers:
                helper.cancel()
            await _reaped(process)


async def _start(
    function: str, limits: Limits, access: Access, here: Workplace
) -> asyncio.subprocess.Process:
    """Start a child that confines itself as far as this kernel allows."""
    with ruleset(access, here.folder) or nullcontext() as rules:
        inherited = () if rules is None else (rules.fileno(),)
        confinement = Confinement(
            parent=os.getpid(),
            limits=limits,
            uid=here.user.uid if here.user else None,
            reads_all=here.user is not None and here.user.reads_all,
            ruleset=inherited[0] if inherited else None,
            filter=(program(network=access.network, programs=bool(access.programs)) or b"").hex(),
        )
        return await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-P",
                "-m",
                "movietag.sandbox.child",
                function,
                confinement.to_json(),
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=here.folder,
            env=_environment(here.folder, access.programs),
            start_new_session=True,
            pass_fds=inherited,
        )


async def _messages(
    process: asyncio.subprocess.Process, limits: Limits, on_message: OnMessage
) -> bytes | None:
    """Pass on the messages until the end; return the error's body, ``b""`` without one, or None."""
    stdout = process.stdout
    assert stdout is not None
    loop = asyncio.get_running_loop()
    left = limits.seconds
    while True:
        began = loop.time()
        try:
            async with asyncio.timeout(left):
                kind, size = HEADER.unpack(await stdout.readexactly(HEADER.size))
                if kind not in (b"M", b"E", b"D") or size > MAX_MESSAGE:
                    raise PermanentError("crashed", "The child wrote an invalid message.")
                body = await stdout.readexactly(size)
        except asyncio.IncompleteReadError:
            return b""
        except TimeoutError:
            raise PermanentError("too-slow", f"Not done within {limits.seconds:g} s.") from None
        left -= loop.time() - began
        if kind == b"M":
            await on_message(body)
        else:
            return body if kind == b"E" else None


def _ended_early(code: int | None, stderr: bytes, limits: Limits) -> Exception:
    """The error of a child that ended without reporting one."""
    last = stderr.decode(errors="replace").strip()
    said = f" The end of its stderr: {last[-500:]}" if last else ""
    if code is not None and code < 0:
        name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
        if name == "SIGXCPU":
            return PermanentError("too-slow", f"It used up its {limits.cpu_seconds} s of CPU.")
        if name == "SIGXFSZ":
            return limits.file_too_large
        if name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"):
            return TransientError(
                f"The child was ended by {name} from outside; perhaps the machine is out of memory."
            )
        return PermanentError("crashed", f"The child was ended by {name}.{said}")
    return ChildError(f"The child ended with status {code} and no result.{said}")


def _rebuilt(body: bytes, transient: Sequence[Callable[[str, str], TransientError]]) -> Exception:
    """The exception that the child raised; its class is looked up, never imported."""
    family, name, kind, reason = (str(part) for part in json.loads(body))
    kind = kind if _KIND.fullmatch(kind) else "crashed"  # it goes into records
    for known in (*transient, MachineError):
        if known.__name__ == name:
            return known(kind, reason)
    match family:
        case "PermanentError":
            return PermanentError(kind, reason)
        case "TransientError":
            return TransientError(reason)
        case "UsageError":
            return UsageError(reason)
    return ChildError(reason)


def _environment(folder: Path, programs: Sequence[Path]) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | {
        # Never empty: that would mean the current folder, which holds the download.
        "PATH": os.pathsep.join(str(one.parent) for one in programs) or NO_PROGRAMS,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


async def _write_job(process: asyncio.subprocess.Process, job: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # the child's exit status says more
        process.stdin.write(job)
        await process.stdin.drain()
    process.stdin.close()


async def _keep_last(process: asyncio.subprocess.Process, kept: bytearray) -> None:
    assert process.stderr is not None
    while read := await process.stderr.read(KEPT_STDERR):
        kept += read
        del kept[:-KEPT_STDERR]


async def _reaped(process: asyncio.subprocess.Process) -> None:
    """Wait for the killed child, briefly, even if cancelled meanwhile, so it leaves no zombie."""
    waiting = asyncio.ensure_future(_ended(process))
    try:
        await asyncio.shield(waiting)
    except asyncio.CancelledError:
        await waiting
        raise


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the end, and drain the pipe: otherwise asyncio never sees its end."""
    assert process.stdout is not None
    while await process.stdout.read(1 << 16):
        pass
    await process.wait()
