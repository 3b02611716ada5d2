"""The progress of starting and stopping, for anything that shows it."""

from __future__ import annotations

from typing import Protocol


class ProgressListener(Protocol):
    """Receives each step. Called from several threads; must not raise."""

    def fetched(self, done: int, total: int) -> None:
        """``done`` of ``total`` bytes of the servers have been fetched (first start only)."""

    def part(self, name: str, state: str, detail: str = "") -> None:
        """The part ``name`` is now in ``state``: ``starting``, ``ready``, ``stopping``, ``stopped``."""


class Silent:
    """Shows nothing."""

    def fetched(self, done: int, total: int) -> None:
        """Nothing."""

    def part(self, name: str, state: str, detail: str = "") -> None:
        """Nothing."""


SILENT = Silent()
