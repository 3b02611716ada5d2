"""Locks: one per key, and one that is shared or exclusive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class KeyLocks:
    """A fair lock per key; a key without holders and waiters takes no memory."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of ``key`` during the block."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._users[key] = self._users.get(key, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._locks[key]


class SharedLock:
    """A fair lock with any number of shared holders or one exclusive holder.

    ``exclusive()`` waits until all ``shared()`` holders have left. It blocks those that come later, so that it
    gets its turn however many they are.
    """

    def __init__(self) -> None:
        self._queue = asyncio.Lock()  # fair: first come, first served
        self._holders = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Hold the lock during the block, perhaps with others."""
        async with self._queue:
            self._holders += 1
            self._unused.clear()
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                self._unused.set()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold the lock during the block, with nobody else."""
        async with self._queue:
            await self._unused.wait()
            yield
