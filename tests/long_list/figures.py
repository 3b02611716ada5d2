"""What the samples of a run say: pure functions of times, estimates and requests."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

FROM, UNTIL = 0.05, 0.95  # of the titles: what is told before is a guess, after it, some seconds
ALLOWED: Final = 0.2  # of the time that was left


@dataclass(frozen=True, slots=True)
class Told:
    """An estimate.

    Attributes:
        at: seconds of the monotonic clock.
        share: of the titles that were done.
        seconds: that were told to be left; None: none were.
    """

    at: float
    share: float
    seconds: float | None


def estimates(told: Sequence[Told], end: float) -> dict[str, object]:
    """How far the estimates were from the end that came, as parts of the time that was left then."""
    judged = [one for one in told if FROM <= one.share <= UNTIL and one.at < end]
    off = [
        abs(one.seconds - (end - one.at)) / (end - one.at)
        for one in judged
        if one.seconds is not None
    ]
    if not off:
        return {"told": 0, "silent": len(judged), "within": 0.0, "worst": None, "median": None}
    return {
        "told": len(off),
        "silent": len(judged) - len(off),
        "within": round(sum(one <= ALLOWED for one in off) / len(off), 3),
        "worst": round(max(off), 3),
        "median": round(statistics.median(off), 3),
    }


def open_at_once(asks: Iterable[str]) -> tuple[int, float]:
    """How many movies were begun and not done, at most and on average, from the movies of the requests in their order."""
    movies = list(asks)
    last = {movie: at for at, movie in enumerate(movies)}
    begun: set[str] = set()
    most = total = 0
    for at, movie in enumerate(movies):
        begun.add(movie)
        most, total = max(most, len(begun)), total + len(begun)
        if last[movie] == at:
            begun.remove(movie)
    return most, round(total / len(movies), 1) if movies else 0.0
