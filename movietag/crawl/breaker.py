"""Whether a site may be requested: closed (yes), open (not for a while), half-open (one request, as a probe)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LOOK_AGAIN: Final = 1.0  # seconds: so a changed share or pause applies to waiting downloads too
MOST_DOUBLINGS: Final = 60  # far beyond every longest pause; 2.0**1024 is no float


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a breaker stays open: ``first`` seconds, twice as long each further time, at most ``longest``."""

    first: float
    longest: float

    def after(self, times: int) -> float:
        """Seconds, where it was opened so many times before; they may be thousands."""
        return min(self.first * 2.0 ** min(times, MOST_DOUBLINGS), self.longest)


THROTTLED: Final = Pauses(15 * 60.0, 60 * 60.0)  # a site's penalty lasts "up to an hour"
BROKEN: Final = Pauses(5 * 60.0, 60 * 60.0)  # until somebody updates yt-dlp
BUSY: Final = Pauses(60.0, 10 * 60.0)  # a site or a network that fails for everyone
MACHINE: Final = Pauses(60.0, 10 * 60.0)  # until somebody frees space, or corrects a setting


class BreakerState(StrEnum):
    """The state of a breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """The breaker of one site.

    It opens for a pause, is half-open after it, and is closed by a request that succeeds. While it is half-open one
    request at a time is admitted; a request that ends without a verdict (the video is private, say) leaves it so.

    Args:
        clock: a monotonic clock, in seconds.
        jitter: the factor that stretches a pause.

    Attributes:
        why: the reason of the last pause; empty while it is closed.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        jitter: Callable[[], float] = lambda: random.uniform(1.0, 1.1),
    ) -> None:
        self.why = ""
        self._clock = clock
        self._jitter = jitter
        self._until: float | None = None  # None: closed
        self._opened = 0  # times since it was closed
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """The state now."""
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._until > self._clock() else BreakerState.HALF_OPEN

    @property
    def left(self) -> float:
        """Seconds until the end of the pause; 0 unless it is open."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    def wait(self) -> float:
        """Seconds until the next request may start, or until it is worth looking again; 0: it may start."""
        if self.state is BreakerState.HALF_OPEN and self._probing:
            return LOOK_AGAIN
        return self.left

    def start(self) -> bool:
        """A request starts; returns whether it is a probe, of whose end ``ended`` must be called."""
        probe = self.state is BreakerState.HALF_OPEN and not self._probing
        self._probing = self._probing or probe
        return probe

    def ended(self) -> None:
        """The probe has ended, whatever came of it."""
        self._probing = False

    def opens(self, pauses: Pauses, why: str) -> bool:
        """Open for a pause; False if it is open already: a failure during a pause does not lengthen it."""
        if self.state is BreakerState.OPEN:
            return False
        pause = pauses.after(self._opened)
        self._until = self._clock() + min(pause * self._jitter(), pauses.longest)
        self._opened += 1
        self.why = why
        return True

    def closes(self) -> bool:
        """A request has succeeded; returns whether it was not closed before. The next pause is a first one."""
        before = self._until is not None
        self._until, self._opened, self.why = None, 0, ""
        return before
