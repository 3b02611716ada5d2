"""A bound on requests that hold something for long: clips and exports, whose clients may be slow."""

from __future__ import annotations

from collections.abc import AsyncIterator

from movietag.errors import TransientError


class BusyError(TransientError):
    """As many requests of a kind as the server takes are running already."""


class Room:
    """A dependency of routes: a place for a request until its response has been sent. None is waited for."""

    def __init__(self, most: int, what: str) -> None:
        self._most, self._what = most, what
        self._taken = 0

    async def __call__(self) -> AsyncIterator[None]:
        """Hold a place.

        Raises:
            BusyError: all ``most`` are taken.
        """
        if self._taken == self._most:
            raise BusyError(f"{self._most} {self._what} are being made already: retry later.")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
