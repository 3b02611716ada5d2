"""The rate limit: how many requests each client may send in a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

WINDOW: Final = 1.0  # seconds


class RateLimit:
    """Admits ``per_second`` requests of each client in any second: a sliding window counter.

    The requests of the window before count for the share of it that lies within the last second. Clients are forgotten
    with the windows, so no more are held than have sent requests within two seconds. ``clock``: seconds, monotonic.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._clock = clock
        self._window = 0
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def admits(self, client: str) -> bool:
        """Whether a client may send a request now; one that is refused does not count."""
        window, share = divmod(self._clock(), WINDOW)
        if window != self._window:
            self._before = self._now if window == self._window + 1 else {}
            self._now, self._window = {}, int(window)
        sent = self._now.get(client, 0)
        if sent + self._before.get(client, 0) * (1 - share / WINDOW) >= self.per_second:
            return False
        self._now[client] = sent + 1
        return True
