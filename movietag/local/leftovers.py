"""Processes that a dead supervisor left behind: found by the marker that each has, and ended."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import psutil

from movietag.settings.environment import MARKER


def processes_of(home: Path) -> list[psutil.Process]:
    """All live processes of the stack of ``home``, except this one and its ancestors."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in own and _is_of(process, home)
    ]


def told_left(processes: Iterable[psutil.Process], *, was_up: bool) -> tuple[str, ...]:
    """What there is to say of a stack that was not stopped by `movietag down`; nothing if it was.

    Args:
        processes: that are left of it, and will be ended.
        was_up: whether it was up when it was last heard of.
    """
    left = ", ".join(f"{_name(process)} (pid {process.pid})" for process in processes)
    if not was_up and not left:
        return ()
    return (
        "The stack was not stopped with `movietag down`: it was killed, or the machine went down.",
        *((f"Left of it were, and are ended now: {left}.",) if left else ()),
        "Nothing that was acknowledged is lost. What was in work is done again, and counts once.",
    )


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return "a process"


def end(processes: list[psutil.Process], patience: float) -> None:
    """End processes: SIGTERM first, SIGKILL after ``patience`` seconds; returns when they are gone."""
    for process in processes:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=patience)


def _is_of(process: psutil.Process, home: Path) -> bool:
    try:
        if f"{MARKER}={home}" in process.cmdline():  # a stage, whose environment cannot be read
            return True
        return process.environ().get(MARKER) == str(home)
    except psutil.Error:  # it ended meanwhile, or belongs to another user
        return False


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        pass
