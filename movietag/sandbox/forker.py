"""Forks children that have imported what they need: a process of its own, which movietag.sandbox.forking starts.

``python -m movietag.sandbox.forker``, with a socket as its stdin. Importing yt-dlp takes a second of CPU, which every
video would pay anew. Here it is imported once, by trusted code before any input is seen; each child is a fork, confines
itself, and only then reads its job. This process itself reads nothing but orders, and has no secret in its environment.

An order is JSON (``Order``) with descriptors: stdin, stdout and stderr of the child, a socket that is its line to
whoever ordered it, and a Landlock ruleset if there is one. On the line the child's pid is sent (or minus the number of the error
that kept it from being started), and after its end the exit code. When the other side closes its half of the line, or
dies, the child's whole process group is killed.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Final, NoReturn

from movietag.sandbox.child import Confinement, be_child
from movietag.sandbox.privacy import keep_memory_private

NUMBER: Final = struct.Struct(">q")
MAX_ORDER: Final = 1 << 16  # bytes
MAX_DESCRIPTORS: Final = 5


@dataclass(frozen=True, slots=True)
class Order:
    """A child to be forked.

    Attributes:
        function: ``module:function``, what it calls.
        folder: in which it works.
        environment: to be set in addition to that of this process.
        confinement: as JSON.
    """

    function: str
    folder: str
    environment: dict[str, str]
    confinement: str

    def to_json(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Order:
        """What ``to_json`` wrote."""
        return cls(**json.loads(text))


class _Forker:
    """The loop: orders, ends of children, and ends of those who ordered them."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lines: dict[int, int] = {}  # of children by pid: descriptors
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._woken, waking = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(waking, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        self._poll.register(self._woken, select.POLLIN)
        self._open = True

    def run(self) -> None:
        """Until no order can come any more, and no child is left."""
        while self._open or self._lines:
            ready = {number for number, _ in self._poll.poll()}
            # In this order: a line that is closed gives its number free for the next.
            for line in ready.intersection(self._lines.values()):
                self._given_up(line)
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 1 << 12)
                self._reap()
            if self._control.fileno() in ready:
                self._take()

    def _take(self) -> None:
        """Take one order, or the end of them."""
        text, given, *_ = socket.recv_fds(self._control, MAX_ORDER, MAX_DESCRIPTORS)
        if not text:
            self._poll.unregister(self._control)
            self._open = False
            return
        order = Order.from_json(text)
        _import(order.function)
        stdin, stdout, stderr, line, *rules = given
        ours = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _send(line, -(error.errno or 1))
            os.close(line)
        else:
            if pid == 0:
                _child(order, (stdin, stdout, stderr, *rules), ours)
            _send(line, pid)
            self._lines[pid] = line
            self._poll.register(line, select.POLLIN)
        for one in (stdin, stdout, stderr, *rules):
            os.close(one)

    def _reap(self) -> None:
        """Tell the exit codes of the children that have ended; what is left of their groups ends, too."""
        for pid, line in list(self._lines.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _kill(pid)  # before it is reaped: the number is its own until then
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            with suppress(KeyError):
                self._poll.unregister(line)
            _send(line, code)
            os.close(line)
            del self._lines[pid]

    def _given_up(self, line: int) -> None:
        """Kill the child whose line was closed at the other end; its end is told as any other."""
        self._poll.unregister(line)
        for pid, its in self._lines.items():
            if its == line:
                _kill(pid)


def _import(function: str) -> None:
    """Import a function's module, and do what it names in ``BEFORE_FORKING``, so that its children need not.

    That are modules to import, and functions to call (``module:function``). What children cannot import, they report
    themselves.
    """
    module = function.partition(":")[0]
    if module in sys.modules:
        return
    with suppress(Exception):
        for named in getattr(importlib.import_module(module), "BEFORE_FORKING", ()):
            further, _, prepare = named.partition(":")
            loaded = importlib.import_module(further)
            if prepare:
                getattr(loaded, prepare)()
    gc.collect()
    gc.freeze()  # the pages of these objects stay shared with the children


def _child(order: Order, descriptors: Sequence[int], parent: int) -> NoReturn:
    """Be the child: in a session of its own, with these descriptors from 0 on, and no others."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for at, number in enumerate(descriptors):  # each lies above all places: 0 to 2 were taken
            os.dup2(number, at)
        os.closerange(len(descriptors), os.sysconf("SC_OPEN_MAX"))
        os.chdir(order.folder)
        os.environ.update(order.environment)
        be_child(
            order.function,
            Confinement.from_json(order.confinement),
            parent,
            ruleset=3 if len(descriptors) > 3 else None,
        )
    except BaseException:  # noqa: BLE001  # it must never go on as the forker
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _kill(pid: int) -> None:
    """Kill a child that is not reaped, and its group, which it may not have made yet."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _send(line: int, number: int) -> None:
    """Tell a number; nobody may be there to hear it."""
    with suppress(OSError):
        os.write(line, NUMBER.pack(number))


def main() -> None:
    """Serve the orders that come over stdin."""
    keep_memory_private()
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # of a terminal: whoever ordered the children decides
    control = socket.socket(fileno=os.dup(0))
    for at, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
        nothing = os.open(os.devnull, flags)
        os.dup2(nothing, at)
        os.close(nothing)
    _Forker(control).run()


if __name__ == "__main__":
    main()
