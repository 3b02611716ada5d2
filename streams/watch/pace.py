"""How fast an agent works while it has work, over a moving time."""

from __future__ import annotations

from collections import deque
from typing import Final

BUSY_SECONDS: Final = (
    1800.0  # of work, over which a pace is the mean: some 150 videos at one in ten seconds
)


class BusyPace:
    """Events per second over the last ``BUSY_SECONDS`` in which there was work; idle time does not count.

    Args:
        seconds: the moving time.
    """

    def __init__(self, seconds: float = BUSY_SECONDS) -> None:
        self._most = seconds
        self._samples: deque[tuple[int, float]] = deque()
        self._events, self._seconds = 0, 0.0

    def add(self, events: int, seconds: float, *, busy: bool) -> None:
        """Add what was done in some seconds; ``busy``: there was work at their end."""
        if not (busy or events) or seconds <= 0:
            return
        self._samples.append((events, seconds))
        self._events += events
        self._seconds += seconds
        while self._seconds - self._samples[0][1] >= self._most:
            gone, took = self._samples.popleft()
            self._events -= gone
            self._seconds -= took

    @property
    def rate(self) -> float | None:
        """Events per second; None while nothing was done yet."""
        return self._events / self._seconds if self._events else None
