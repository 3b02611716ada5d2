"""Protects the memory and environment of a process from other processes of the same account."""

from __future__ import annotations

import ctypes

_SET_DUMPABLE = 4  # PR_SET_DUMPABLE of <linux/prctl.h>


def keep_memory_private() -> None:
    """Let only root inspect this process: no other process attaches to it, or reads its environment.

    For processes that hold passwords. Child processes do not inherit it. A crash leaves no core file, and a
    debugger or a profiler needs root.
    """
    ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
