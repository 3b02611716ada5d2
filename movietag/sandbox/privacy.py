"""Keep what a process holds in memory and environment from other processes of the same account."""

from __future__ import annotations

import ctypes

_SET_DUMPABLE = 4  # PR_SET_DUMPABLE of <linux/prctl.h>


def keep_memory_private() -> None:
    """Have only root read this process: no other one attaches to it, or reads its environment.

    For processes that hold passwords. What they start is not private again by itself. Nothing is left of a
    crash (no core file), and a debugger or a profiler needs root.
    """
    ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
