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
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from movietag.errors import MachineError, PermanentError, TransientError, UsageError
from movietag.sandbox.access import NOTHING, Access
from movietag.sandbox.child import HEADER, Confinement, Limits
from movietag.sandbox.forker import Order
from movietag.sandbox.forking import Child, fork_child
from movietag.sandbox.landlock import ruleset
from movietag.sandbox.syscalls import program
from movietag.sandbox.workplace import Workplace, make_workplace

_KIND: Final = re.compile(r"[a-z0-9-]{1,60}")  # of an error, a short stable word
MAX_MESSAGE: Final = 16 << 20  # bytes
KEPT_STDERR: Final = 4096  # bytes
# The environment of a child: no password or key. What it needs of the settings is in its job.
PASSED_ON: Final = ("LANG", "LC_ALL", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZ")
CLOSING_SECONDS: Final = 5.0  # from the end of a child's stdout to its own
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
        child = await _start(function, job, limits, access, here)
        stderr = bytearray()
        keeping = asyncio.create_task(_keep_last(child.stderr, stderr))
        try:
            error = await _messages(child.stdout, limits, on_message)
            if error is None:
                return
            if error == b"":
                raise _ended_early(await _code(child, keeping), bytes(stderr), limits)
            raise _rebuilt(error, transient)
        finally:
            keeping.cancel()
            await _gone(child)


async def _start(
    function: str, job: bytes, limits: Limits, access: Access, here: Workplace
) -> Child:
    """Start a child that confines itself as far as this kernel allows."""
    confinement = Confinement(
        limits=limits,
        uid=here.user.uid if here.user else None,
        reads_all=here.user is not None and here.user.reads_all,
        filter=(program(network=access.network, programs=bool(access.programs)) or b"").hex(),
    )
    order = Order(
        function=function,
        folder=str(here.folder),
        environment=_environment(here.folder, access.programs),
        confinement=confinement.to_json(),
    )
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with ruleset(access, here.folder) or nullcontext() as rules:
        return await fork_child(order, job, passed, rules.fileno() if rules else None)


async def _messages(
    stdout: asyncio.StreamReader, limits: Limits, on_message: OnMessage
) -> bytes | None:
    """Pass on the messages until the end; return the error's body, ``b""`` without one, or None."""
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
    return {
        # Never empty: that would mean the current folder, which holds the download.
        "PATH": os.pathsep.join(str(one.parent) for one in programs) or NO_PROGRAMS,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


async def _keep_last(stderr: asyncio.StreamReader, kept: bytearray) -> None:
    while read := await stderr.read(KEPT_STDERR):
        kept += read
        del kept[:-KEPT_STDERR]


async def _code(child: Child, keeping: asyncio.Task[None]) -> int | None:
    """The exit code of a child that has closed its stdout; None if it does not end. Its stderr is read by then."""
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            code = await child.wait()
            await asyncio.wait([keeping])
    except TimeoutError:
        return None
    return code


async def _gone(child: Child) -> None:
    """Kill the child and wait for its end, briefly, even if cancelled meanwhile: nothing of it is left."""
    ending = asyncio.ensure_future(child.end())
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise
