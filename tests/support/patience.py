"""How long a test waits: seconds of a quiet machine, times how slow this one is found to be.

What gives up says for what it waited, and where.
"""

from __future__ import annotations

import asyncio
import linecache
import math
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType

QUIET_CHILD = 0.16  # seconds until a Python has started, loaded asyncio and ended, on 2 quiet cores
QUIET_SERVER = 8.0  # seconds until the slowest server answers there
SLOWEST = 10.0  # beyond this a wait is a failure, however busy the machine

_measured = 1.0


def measure() -> None:
    """Measure how long a child takes to start; once a session, before anything waits."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import asyncio"], check=True)
    note(time.monotonic() - began, QUIET_CHILD)


def note(took: float, quiet: float) -> None:
    """Something took so many seconds that takes ``quiet`` on a quiet machine."""
    global _measured  # noqa: PLW0603  # one machine, one figure
    _measured = max(_measured, took / quiet)


def slowness() -> float:
    """How many times slower than a quiet one this machine is: as measured, or by its load now."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(max(1.0, _measured, load), SLOWEST)


def patience(seconds: float, most: float = math.inf) -> float:
    """The seconds to wait here for what takes at most ``seconds`` on a quiet machine; ``most`` bounds them."""
    return max(seconds, min(seconds * slowness(), most))


def asked_at(frame: FrameType) -> str:
    """File, line and text of the line that waits."""
    path, line = frame.f_code.co_filename, frame.f_lineno
    return f"{Path(path).name}:{line}: {linecache.getline(path, line).strip()}"


def gave_up(waited: float, seconds: float, what: str) -> AssertionError:
    """The error of a wait that was in vain."""
    return AssertionError(f"Waited in vain for {waited:.0f} s ({seconds:g} if quiet): {what}")


@asynccontextmanager
async def within(seconds: float, what: str = "", most: float = math.inf) -> AsyncIterator[None]:
    """``asyncio.timeout`` by this machine's patience; see ``patience``.

    Raises:
        AssertionError: it took longer; ``what`` was waited for, by default the caller's line.
    """
    what = what or asked_at(sys._getframe(2))
    limit = asyncio.timeout(waited := patience(seconds, most))
    try:
        async with limit:
            yield
    except TimeoutError as late:
        if not limit.expired():
            raise
        raise gave_up(waited, seconds, what) from late
