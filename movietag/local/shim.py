"""Become a program of the stack: ``python -S -E shim.py SPEC.json``. Standard library only.

It runs between the supervisor and each program, for what the supervisor cannot do: the program gets a signal when
the supervisor dies (also by ``kill -9``), servers do not see the settings (they hold secrets), and no argument
needs quoting. The shim replaces itself, so it costs no process.

A server that ends when its disk is full would end again at each start, and the supervisor would give it up after
some. So the shim waits until there is space, says so once, and the server starts when it has some.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1  # prctl(2)
PREFIX = "MOVIETAG_"
MARKER = "MOVIETAG_STACK"
EVERY_SECONDS = 2.0


def await_space(spec: dict[str, object], seconds: float = EVERY_SECONDS) -> None:
    """Return when the disk of the program's data has the space that it needs to start.

    Args:
        spec: ``data`` (a folder, or null: it needs none) and ``free_bytes``.
        seconds: between two looks.
    """
    data, needed = spec.get("data"), spec.get("free_bytes")
    if not isinstance(data, str) or not isinstance(needed, int):
        return
    said = False
    while (free := _free(data)) < needed:
        if not said:
            print(  # noqa: T201  # into the program's log
                f"The disk is full: {free >> 20} MiB are free in {data}, {needed >> 20} MiB are needed to start."
                " It starts by itself when there is space.",
                flush=True,
            )
            said = True
        time.sleep(seconds)


def _free(folder: str) -> int:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return sys.maxsize  # what is wrong with the folder, the program says
    return disk.f_bavail * disk.f_frsize


def environment(spec: dict[str, object], base: dict[str, str]) -> dict[str, str]:
    """The program's environment: ``base``, without the settings if it is a server, and its own variables."""
    inherited = {
        name: value
        for name, value in base.items()
        if spec["settings"] or name == MARKER or not name.startswith(PREFIX)
    }
    added = spec["env"]
    assert isinstance(added, dict)
    return inherited | added


def become(spec: dict[str, object], parent: int) -> None:
    """Replace this process by the program; never returns.

    Args:
        spec: ``argv``, ``env``, ``directory``, ``user`` (uid or null), ``settings`` (whether it sees them), and
            those of ``await_space``.
        parent: pid of the supervisor.
    """
    user, argv, directory = spec["user"], spec["argv"], spec["directory"]
    assert isinstance(argv, list)
    assert isinstance(directory, str)
    os.chdir(directory)
    if isinstance(user, int):
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    # After the change of user, which clears it.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which servers inherit
    if os.getppid() != parent:  # the supervisor died before the line above
        sys.exit(1)
    await_space(spec)
    os.execve(argv[0], argv, environment(spec, dict(os.environ)))  # noqa: S606  # what a shim does


if __name__ == "__main__":
    supervisor = os.getppid()
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  # no pathlib: starts faster
        become(json.load(file), supervisor)
