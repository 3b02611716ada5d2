"""What the REST API reads from: a reader, how usual each tag is, and a snapshot for pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from movietag.search.indices import Place
from movietag.search.lift import Lifts
from movietag.search.reader import Reader

LIFT_SECONDS: Final = 60.0
SNAPSHOT_SECONDS: Final = 5.0

T = TypeVar("T")


class Kept(Generic[T]):
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


class Library:
    """The reader of a server, and what all its calls share."""

    def __init__(self, reader: Reader, scene_gap: int) -> None:
        self.reader = reader
        self.scene_gap = scene_gap
        self._lifts = Kept(reader.lifts, LIFT_SECONDS, stale=True)
        self._snapshots: dict[str, Kept[str]] = {}

    async def lifts(self) -> Lifts:
        """How usual each tag is, as of a minute ago at most, or a little more."""
        return await self._lifts.get()

    async def place(self, alias: str, token: str | None) -> Place:
        """The place that a token says, or the beginning of a snapshot a few seconds old at most.

        All first pages of these seconds share the snapshot: a server keeps a few hundred at most.
        """
        if token:
            return Place.of(token)
        if alias not in self._snapshots:
            opened = lambda: self.reader.indices.open(alias)  # noqa: E731
            self._snapshots[alias] = Kept(opened, SNAPSHOT_SECONDS, stale=False)
        return Place(await self._snapshots[alias].get())
