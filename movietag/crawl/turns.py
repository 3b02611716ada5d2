"""A semaphore whose waiters go by rank: what was begun first is finished first, whenever it comes."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import TypeAlias

Rank: TypeAlias = tuple[int, ...]
"""The least goes first; those of one rank in the order in which they came."""


class Turns:
    """So many holders at a time; the next one is the waiter of the least rank.

    Args:
        places: holders at a time.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._arrivals = count()
        self._waiting: list[tuple[Rank, int, asyncio.Future[None]]] = []

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return self._free

    @asynccontextmanager
    async def hold(self, rank: Rank = ()) -> AsyncIterator[None]:
        """Hold a place during the block."""
        await self.acquire(rank)
        try:
            yield
        finally:
            self.release()

    async def acquire(self, rank: Rank = ()) -> None:
        """Wait for a place, of which ``release`` must be called."""
        if self._free:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._arrivals), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # the place came at the same moment
                self.release()
            raise

    def release(self) -> None:
        """Hand the place to the next waiter, or free it."""
        while self._waiting:
            _, _, following = heapq.heappop(self._waiting)
            if not following.done():
                following.set_result(None)
                return
        self._free += 1
