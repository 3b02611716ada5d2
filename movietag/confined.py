"""The child's side of movietag.sandbox: confine this process, call a function, send what it yields.

Started as ``python -m movietag.confined module:function PARENT-PID LIMITS``. On its stdout: one byte
for the kind (``M`` message, ``E`` error, ``D`` done), four bytes big-endian for the length, the body.
Imports little, so that a child starts fast.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import json
import os
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from movietag.errors import PermanentError, TransientError, UsageError

HEADER: Final = struct.Struct(">cI")
KEPT_TRACE: Final = 4096  # characters
# What CPython says in a SystemError where no memory is left, not even for the MemoryError.
NO_MEMORY_LEFT: Final = ("without exception set", "without setting an exception")
SET_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    ``seconds`` of the clock leave out the time that the parent takes over messages. ``memory_bytes``
    bounds writable memory (RLIMIT_DATA), not address space: the JavaScript runtime that yt-dlp starts
    for YouTube reserves far more than it ever touches, and dies under RLIMIT_AS.

    Not limited: mappings that are shared between processes (no decoder makes them), and the number of
    processes, which the kernel counts by user, over all that the user runs, and not at all for root.
    """

    seconds: float
    memory_bytes: int
    file_bytes: int
    open_files: int = 256

    @property
    def cpu_seconds(self) -> int:
        """What two busy threads use until the deadline: a second net below it."""
        return int(2 * self.seconds) + 5

    @property
    def file_too_large(self) -> PermanentError:
        """The error for a file beyond the limit."""
        return PermanentError("too-large", f"A file grew beyond {self.file_bytes:,} bytes.")


def main(arguments: Sequence[str]) -> NoReturn:
    """Be the child: confine this process, call the function, send what it yields."""
    function, parent, limits_json = arguments
    limits = Limits(**json.loads(limits_json))
    _confine(int(parent), limits)
    # Libraries print: their stdout becomes stderr, and the pipe is ours alone.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(kind: bytes, body: bytes) -> None:
        pipe.write(HEADER.pack(kind, len(body)) + body)
        pipe.flush()

    try:
        module, _, name = function.partition(":")
        for message in getattr(importlib.import_module(module), name)(sys.stdin.buffer.read()):
            send(b"M", message)
    except BaseException as error:  # noqa: BLE001  # everything is told to the parent
        send(b"E", json.dumps(_described(error, limits)).encode())
    else:
        send(b"D", b"")
    os._exit(0)  # nothing to tidy: the parent removes the folder and ends the group


def _confine(parent: int, limits: Limits) -> None:
    """Limit this process, and have the kernel end it when its parent dies."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it died before that
        os._exit(1)
    for what, wanted in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        # The soft limit of CPU is a signal that can be told from others; the hard one is SIGKILL.
        resource.setrlimit(what, (value, hard if what == resource.RLIMIT_CPU else value))


def _described(error: BaseException, limits: Limits) -> tuple[str, str, str, str]:
    """Family, class name, kind and reason of an exception, for the pipe."""
    number = error.errno if isinstance(error, OSError) else None
    starved = isinstance(error, SystemError) and any(said in str(error) for said in NO_MEMORY_LEFT)
    if isinstance(error, MemoryError) or starved or number == errno.ENOMEM:
        error = PermanentError("too-large", f"Needs over {limits.memory_bytes:,} bytes of memory.")
    elif number == errno.EFBIG:
        error = limits.file_too_large
    for family in (PermanentError, TransientError, UsageError):
        if isinstance(error, family):
            reason = getattr(error, "reason", str(error))
            return family.__name__, type(error).__name__, getattr(error, "kind", ""), reason
    trace = "".join(traceback.format_exception(error))[-KEPT_TRACE:]
    return "ChildError", type(error).__name__, "", trace


if __name__ == "__main__":
    main(sys.argv[1:])
