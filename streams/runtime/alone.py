"""Work that may be done in company, and work that must be alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Company:
    """Lets any number in together, or a single one alone, in the order in which they come.

    Whoever wants to be alone waits until all who are in have left, and holds up those who come later,
    so that it gets its turn however many they are.
    """

    def __init__(self) -> None:
        self._door = asyncio.Lock()  # fair: first come, first served
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Be in, perhaps with others."""
        async with self._door:
            self._inside += 1
            self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be in with nobody else."""
        async with self._door:
            await self._empty.wait()
            yield
