"""The Table of a stage, as a ledger: pages of facts that are never changed.

A worker that was paused may still write its old rows last, so no row is ever replaced by a different
value. A row is a *page*: some facts of one movie, under a key that no one else uses. What a movie's
state is, is folded from all its pages; the same fact on two pages counts once. When a movie is
finished its pages are copied onto one, and only then deleted.
"""

from __future__ import annotations

import asyncio
import uuid
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Set
from typing import Any

import faust
import msgspec
from faust.types import TP

from movietag.records import MovieId
from movietag.tally import Placed

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Placed]).decode

SEPARATOR = "|"  # not part of any movie id


class Ledger(faust.Table):  # type: ignore[type-arg]
    """A Faust Table of pages, with its pages found by movie.

    ``write`` returns when the changelog has the page: Faust itself does not wait for that, and may
    commit an offset whose state is lost.
    """

    def __init__(self, app: faust.App, **options: Any) -> None:
        super().__init__(app, key_type=bytes, value_type=bytes, **options)
        self._pages: defaultdict[str, set[bytes]] = defaultdict(set)
        self._worker = uuid.uuid4().hex[:12]
        self._written = 0
        self.on_reload: Callable[[], None] = lambda: None

    def facts(self, movie_id: MovieId) -> list[Placed]:
        """All facts on the pages of a movie, some perhaps twice."""
        return [
            placed
            for key in self._pages.get(movie_id, ())
            for placed in _decode(zlib.decompress(self.data[key]))
        ]

    def page_count(self, movie_id: MovieId) -> int:
        """How many pages a movie has."""
        return len(self._pages.get(movie_id, ()))

    async def write(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Put facts on a page of their own; returns when the changelog has it."""
        self._written += 1
        key = SEPARATOR.join((movie_id, self._worker, str(self._written))).encode()
        page = zlib.compress(_encode(list(facts)), level=1)
        await self.send_changelog(partition, key, page)
        self.data[key] = page
        self._pages[movie_id].add(key)

    async def seal(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Put all facts of a movie on one page, then delete the pages that it replaces."""
        old = set(self._pages[movie_id])
        await self.write(movie_id, partition, facts)
        await asyncio.gather(
            *(self.send_changelog(partition, key, None, value_serializer="raw") for key in old)
        )
        for key in old:
            self.data.pop(key, None)
        self._pages[movie_id] -= old

    async def on_recovery_completed(self, active_tps: Set[TP], standby_tps: Set[TP]) -> None:
        """Find the pages of each movie anew after the changelog was read."""
        await super().on_recovery_completed(set(active_tps), set(standby_tps))
        self._pages.clear()
        for key in self.data:
            self._pages[key.decode().split(SEPARATOR, 1)[0]].add(key)
        self.on_reload()
