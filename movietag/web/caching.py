"""Caches a slow value for some seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cached(Generic[T]):
    """A value that is slow to compute, cached for some seconds.

    With ``stale`` the old value is returned while the next one is computed. An error is raised in every
    caller that waits for the value; the next call retries.

    """

    def __init__(self, compute: Callable[[], Awaitable[T]], seconds: float, *, stale: bool) -> None:
        self._compute, self._seconds, self._stale = compute, seconds, stale
        self._value: T | None = None
        self._computed = 0.0
        self._task: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value; computes it if necessary."""
        value = self._value
        if value is not None and time.monotonic() - self._computed < self._seconds:
            return value
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._renew())
            self._task.add_done_callback(_retrieve_error)
        if value is not None and self._stale:
            return value
        return await asyncio.shield(self._task)

    def clear(self) -> None:
        """Compute the value anew at the next call."""
        self._value = None

    async def _renew(self) -> T:
        started = time.monotonic()
        self._value = await self._compute()
        self._computed = started
        return self._value


def _retrieve_error(task: asyncio.Task[T]) -> None:
    """Retrieve a task's error, so asyncio does not log it as never retrieved."""
    if not task.cancelled():
        task.exception()
