"""Topics, letters and ledgers as the real handlers are handed them: all ends in a ``World``, effect by effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from model.outside import Message
from model.world import World
from movietag import topics
from movietag.records import (
    FrameInfo,
    Letter,
    MovieId,
    Placed,
    decode,
)


class Topic:
    """Where messages are sent to; the broker has each at once."""

    def __init__(self, world: World, to: list[Message], read: Callable[[bytes], Any]) -> None:
        self._world, self._to, self._read = world, to, read

    async def send(
        self,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, bytes] | None = None,
        partition: int | None = None,
    ) -> Awaitable[Any]:
        found = headers or {}
        letter = found.get(topics.LETTER_HEADER)
        known = decode(Letter, letter) if letter else None
        if topics.FRAME_HEADER in found:
            record, value = decode(FrameInfo, found[topics.FRAME_HEADER]), b""
        else:
            record = self._read(value)
        self._world.effect(partial(self._world.put, self._to, record, known, value))
        had = asyncio.get_running_loop().create_future()
        had.set_result(None)
        return had


class Letters:
    """Where dead letters go."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def send(self, letter: Letter, value: bytes | None) -> None:
        world = self._world
        source: list[Message] = getattr(world, letter.topic.removeprefix("movietag."))
        made = (letter, source[letter.offset])
        world.effect(lambda: world.letters.update({letter.letter_id: made}))


class Ledger:
    """A ledger of one movie, each fact on a page of its own.

    Args:
        kept: the facts on its pages, of all processes.
        known: those that a process takes for all, that was paused; None: it has seen all.
    """

    def __init__(self, world: World, kept: list[Placed], known: list[Placed] | None = None) -> None:
        self._world, self._kept = world, kept
        self._known = kept if known is None else known

    def facts(self, movie_id: MovieId, partition: int) -> list[Placed]:
        return list(self._known)

    def page_count(self, movie_id: MovieId, partition: int) -> int:
        return len(self._known)

    async def write(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        self._world.effect(partial(self._write, list(facts)))

    def _write(self, facts: list[Placed]) -> None:
        self._kept += facts
        if self._known is not self._kept:
            self._known = [*self._known, *facts]

    async def seal(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        old = list(self._known)
        await self.write(movie_id, partition, facts)
        self._world.effect(partial(self._delete, old))

    def _delete(self, old: list[Placed]) -> None:
        for fact in old:
            self._kept.remove(fact)


class NoTries:
    """Counts no tries: whatever fails in the model is given up at once."""

    async def recall(self, position: str) -> int:
        return 0

    async def note(self, position: str, count: int) -> None:
        pass


class NoBacklog:
    """There is always room."""

    async def room(self) -> None:
        pass

    def sent(self, size: int) -> None:
        pass


def unmeasured(agent: str, step: str) -> nullcontext[None]:
    """A step that nobody measures."""
    return nullcontext()


async def at_once(seconds: float) -> None:
    """No time passes in the model."""
    await asyncio.sleep(0)
