"""Children of a test end with the process of the test, however that ends."""

from __future__ import annotations

import ctypes
import signal

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_LIBC = ctypes.CDLL(None)


def end_with_parent() -> None:
    """For ``preexec_fn``: SIGTERM when the thread that started this child has ended."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
