"""Commands as a user runs them, and waiting for what comes of them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from support.patience import asked_at, patience, within

T = TypeVar("T")


def run_movietag(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with these settings; the status is the caller's to look at, unless it crashed."""
    done = subprocess.run(
        [sys.executable, "-m", "movietag.cli", *arguments],
        env=stack_environment(settings, settings.home),
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )
    assert done.returncode >= 0, done.stderr
    return done


async def until(
    question: Callable[[], Awaitable[T | None]], seconds: float, every: float = 0.4
) -> T:
    """The first answer that is not None.

    Raises:
        AssertionError: there was none in so many seconds of a quiet machine.
    """
    async with within(seconds, asked_at(sys._getframe(1))):
        while (answer := await question()) is None:
            await asyncio.sleep(every)
    return answer
