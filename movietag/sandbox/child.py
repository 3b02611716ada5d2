"""The child's side of movietag.sandbox.parent: confine this process, call a function, send what it yields.

A fork of movietag.sandbox.forker becomes the child. On its stdin: the job. On its stdout: one byte for the kind (``M``
message, ``E`` error, ``D`` done), four bytes big-endian for the length, the body.
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
import traceback
from dataclasses import asdict, dataclass
from typing import Any, Final, NoReturn

from movietag.errors import MachineError, PermanentError, TransientError, UsageError

HEADER: Final = struct.Struct(">cI")
KEPT_TRACE: Final = 4096  # characters
# CPython's text of a SystemError if no memory is left even for the MemoryError.
NO_MEMORY_LEFT: Final = ("without exception set", "without setting an exception")
# From <linux/prctl.h>, <linux/capability.h>, <linux/seccomp.h>; these numbers are the same on all architectures.
SET_PARENT_DEATH_SIGNAL: Final = 1
SET_KEEP_CAPABILITIES: Final = 8
SET_SECCOMP: Final = 22
SET_NO_NEW_PRIVILEGES: Final = 38
SET_NAME: Final = 15
AMBIENT_CAPABILITIES: Final = 47
RAISE_AMBIENT: Final = 2
SECCOMP_FILTER: Final = 2
CAPABILITIES_VERSION: Final = 0x20080522
READ_ALL: Final = 2  # CAP_DAC_READ_SEARCH
LANDLOCK_RESTRICT_SELF: Final = 446


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    ``seconds`` exclude the time that the parent spends on messages. ``memory_bytes`` bounds writable memory
    (RLIMIT_DATA), not address space: the JavaScript runtime that yt-dlp starts for YouTube reserves far more
    than it ever touches, and fails under RLIMIT_AS.

    Not limited: mappings shared between processes (no decoder creates them), and the number of processes, which
    the kernel counts per user, over all processes of that user, and not at all for root.
    """

    seconds: float
    memory_bytes: int
    file_bytes: int
    open_files: int = 256

    @property
    def cpu_seconds(self) -> int:
        """What two busy threads use until the deadline: a second limit in addition to it."""
        return int(2 * self.seconds) + 5

    @property
    def file_too_large(self) -> PermanentError:
        """The error of a file beyond the limit."""
        return PermanentError("too-large", f"A file grew beyond {self.file_bytes:,} bytes.")


@dataclass(frozen=True, slots=True)
class Confinement:
    """How to confine a child: movietag.sandbox.parent decides it, this process applies it.

    Attributes:
        limits: what it may use.
        uid: the account to change to, with its group; None: no change. Capabilities are dropped in any case.
        reads_all: keep the capability to read all visible files, also over ``exec``.
        filter: the seccomp program to apply, in hex; empty: none.
    """

    limits: Limits
    uid: int | None = None
    reads_all: bool = False
    filter: str = ""

    def to_json(self) -> str:
        """As JSON; it contains no secret."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Confinement:
        """What ``to_json`` wrote."""
        fields = json.loads(text)
        return cls(**fields | {"limits": Limits(**fields["limits"])})


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def be_child(function: str, confinement: Confinement, parent: int, ruleset: int | None) -> NoReturn:
    """Be the child: confine this process, call the function, send what it yields.

    Args:
        function: ``module:function``.
        confinement: what is applied before the job is read by anybody but this module.
        parent: pid of the process that it must not outlive.
        ruleset: descriptor of the Landlock ruleset to apply; None: there is none.
    """
    limits = confinement.limits
    # Libraries may print: their stdout becomes stderr, so only this module writes to the pipe. Stdin is closed to them.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with os.fdopen(os.dup(0), "rb") as stdin:
        job = stdin.read()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    _confine(confinement, parent, ruleset)
    module, _, name = function.partition(":")
    ctypes.CDLL(None).prctl(SET_NAME, name.encode(), 0, 0, 0)  # `ps` and `top` show it

    def send(kind: bytes, body: bytes) -> None:
        pipe.write(HEADER.pack(kind, len(body)) + body)
        pipe.flush()

    try:
        for message in getattr(importlib.import_module(module), name)(job):
            send(b"M", message)
    except BaseException as error:  # noqa: BLE001  # everything is reported to the parent
        send(b"E", json.dumps(_described(error, limits)).encode())
    else:
        send(b"D", b"")
    os._exit(0)  # no cleanup: the parent removes the folder and ends the process group


def _confine(confinement: Confinement, parent: int, ruleset: int | None) -> None:
    """Give up all rights that are not needed; this cannot be undone.

    Raises:
        OSError: the kernel refuses a layer that the parent detected. No layer is applied then.
        RuntimeError: there are threads; the kernel would confine only this one.
    """
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208
        raise RuntimeError("A child has threads before it is confined.")
    libc = ctypes.CDLL(None, use_errno=True)
    _limit(confinement.limits)
    _call(libc.prctl, SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _become(libc, confinement)
    # After the change of user, which clears it.
    _call(libc.prctl, SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
    if ruleset is not None:
        _call(libc.syscall, LANDLOCK_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)
    if confinement.filter:
        code = bytes.fromhex(confinement.filter)
        program = _Program(len(code) // 8, code)
        _call(libc.prctl, SET_SECCOMP, SECCOMP_FILTER, ctypes.byref(program), 0, 0)


def _limit(limits: Limits) -> None:
    for what, wanted in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        # The soft limit of CPU raises a signal that can be recognized; the hard one is SIGKILL.
        resource.setrlimit(what, (value, hard if what == resource.RLIMIT_CPU else value))


def _become(libc: ctypes.CDLL, confinement: Confinement) -> None:
    """Change to the configured user, and drop all capabilities except the configured one."""
    uid = confinement.uid
    if uid is not None:
        _call(libc.prctl, SET_KEEP_CAPABILITIES, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    kept = 1 << READ_ALL if confinement.reads_all else 0
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)(
        kept, kept, kept
    )  # effective, permitted, inheritable; the upper halves
    _call(libc.capset, header, sets)
    if confinement.reads_all:
        _call(libc.prctl, AMBIENT_CAPABILITIES, RAISE_AMBIENT, READ_ALL, 0, 0)


def _call(function: Any, *arguments: Any) -> None:
    """Call the C library; integers are passed as longs, as ``prctl`` requires."""
    wide = (ctypes.c_long(one) if isinstance(one, int) else one for one in arguments)
    if function(*wide) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}{arguments!r}: {os.strerror(number)}")


def _described(error: BaseException, limits: Limits) -> tuple[str, str, str, str]:
    """Family, class name, kind and reason of an exception, for the pipe."""
    number = error.errno if isinstance(error, OSError) else None
    starved = isinstance(error, SystemError) and any(said in str(error) for said in NO_MEMORY_LEFT)
    if isinstance(error, MemoryError) or starved or number == errno.ENOMEM:
        error = PermanentError("too-large", f"Needs over {limits.memory_bytes:,} bytes of memory.")
    elif number == errno.EFBIG:
        error = limits.file_too_large
    elif number in (errno.ENOSPC, errno.EDQUOT):
        error = MachineError("disk-full", f"The disk is full: {error}. Free space.")
    for family in (PermanentError, TransientError, UsageError):
        if isinstance(error, family):
            reason = getattr(error, "reason", str(error))
            return family.__name__, type(error).__name__, getattr(error, "kind", ""), reason
    trace = "".join(traceback.format_exception(error))[-KEPT_TRACE:]
    return "ChildError", type(error).__name__, "", trace
