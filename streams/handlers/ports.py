"""Protocols that several handlers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from movietag.records import MovieId, Placed

Step = Callable[[str, str], AbstractContextManager[object]]
"""Measures the block as a step of an agent: ``Metrics.step``."""


class FactLedger(Protocol):
    """Immutable pages of facts: ``movietag.streams.ledger.ledger.Ledger``."""

    def facts(self, movie_id: MovieId, partition: int) -> list[Placed]:
        """All facts on the pages of a movie; some may occur twice."""
        ...

    def page_count(self, movie_id: MovieId, partition: int) -> int:
        """The number of pages of a movie."""
        ...

    async def write(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Write facts as new pages; returns when the changelog has acknowledged them."""
        ...

    async def seal(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Write all facts of a movie to one page, then delete the pages that it replaces."""
        ...
