"""Values that take long to make, kept for some seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cached(Generic[T]):
    """A value that takes long to make, kept for some seconds.

    With ``stale`` an older value is given while the next one is being made. An error while it is made
    reaches whoever waits for it, and the next call tries again.
    """

    def __init__(self, make: Callable[[], Awaitable[T]], seconds: float, *, stale: bool) -> None:
        self._make, self._seconds, self._stale = make, seconds, stale
        self._value: T | None = None
        self._made = 0.0
        self._making: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value."""
        value = self._value
        if value is not None and time.monotonic() - self._made < self._seconds:
            return value
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._renew())
            self._making.add_done_callback(_heard)
        if value is not None and self._stale:
            return value
        return await asyncio.shield(self._making)

    async def _renew(self) -> T:
        begun = time.monotonic()
        self._value = await self._make()
        self._made = begun
        return self._value


def _heard(task: asyncio.Task[T]) -> None:
    """Look at a task's error, which else is reported as one that nobody looked at."""
    if not task.cancelled():
        task.exception()
