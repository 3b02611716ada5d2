"""What several handlers work with, as they name it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from movietag.records import MovieId, Placed

Step = Callable[[str, str], AbstractContextManager[object]]
"""Measures the block as a step of an agent: ``Metrics.step``."""


class FactLedger(Protocol):
    """Pages of facts that are never changed: ``movietag.streams.ledger.ledger.Ledger``."""

    def facts(self, movie_id: MovieId, partition: int) -> list[Placed]:
        """All facts on the pages of a movie, some perhaps twice."""
        ...

    def page_count(self, movie_id: MovieId, partition: int) -> int:
        """How many pages a movie has."""
        ...

    async def write(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Write facts on pages of their own; returns when the changelog has them."""
        ...

    async def seal(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Put all facts of a movie on one page, then delete the pages it replaces."""
        ...
