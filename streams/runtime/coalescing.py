"""Combines changes of one key into one update, with at most one update per key at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from movietag.streams.runtime.locks import KeyLocks

V = TypeVar("V")


@dataclass
class _Batch(Generic[V]):
    values: list[V] = field(default_factory=list)
    update: asyncio.Task[None] | None = None


class Coalescer(Generic[V]):
    """Values submitted for a key within ``linger`` seconds are given to ``update`` together.

    While an update of a key runs, further values gather for the next one. ``submit`` returns when
    the update that holds its value has succeeded, and raises what that update raised.
    """

    def __init__(self, linger: float, update: Callable[[str, list[V]], Awaitable[None]]) -> None:
        self._linger = linger
        self._update = update
        self._gathering: dict[str, _Batch[V]] = {}
        self._running = KeyLocks()

    async def submit(self, key: str, value: V) -> None:
        """Put a value into the next update of its key, and wait for that update."""
        batch = self._gathering.get(key)
        if batch is None:
            batch = self._gathering[key] = _Batch()
            batch.update = asyncio.create_task(self._run(key))
        batch.values.append(value)
        assert batch.update is not None
        await asyncio.shield(batch.update)

    async def _run(self, key: str) -> None:
        await asyncio.sleep(self._linger)
        async with self._running.hold(key):
            batch = self._gathering.pop(key)
            await self._update(key, batch.values)
