"""How long a title waits that is sent again and again for a movie without success: pauses that grow.

A title sent again has a movie searched for once more, whose videos failed or are too few. Of a source that is dead that is
so a thousand times, and each is a search and a download at somebody's site.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from movietag import topics
from movietag.records import Answered, Plan
from movietag.rules.generations import alive
from movietag.rules.history import History

LONGEST_PAUSE_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Pause:
    """A title comes too soon after the last try.

    Attributes:
        tries: so far, the first included.
        until_ms: from then on a title makes a further try.
    """

    tries: int
    until_ms: int


def current_pause(history: History, at_ms: int, first_pause_s: float) -> Pause | None:
    """The pause in which a title comes; None if the movie may be tried again.

    The first try after a failure has no pause before it. The second one is made ``first_pause_s`` after the first at
    the earliest, and every further one after twice the time, up to a day.

    Args:
        history: of a movie whose videos have failed, or are too few.
        at_ms: the title's time, according to the broker.
        first_pause_s: 0: there are no pauses.
    """
    tries = sorted(_tries(history))
    if len(tries) < 2:
        return None
    doublings = min(len(tries) - 2, 32)
    pause_s = min(first_pause_s * 2**doublings, LONGEST_PAUSE_S)
    until_ms = tries[-1] + int(pause_s * 1000)
    return Pause(len(tries), until_ms) if at_ms < until_ms else None


def _tries(history: History) -> Iterator[int]:
    """When titles have had the movie tried since it last had better luck: the times of the broker."""
    generations = {plan.generation for plan in _in_vain(history)}
    causes: set[str] = set()
    for item in history.placed:
        fact = item.fact
        if fact.generation not in generations:
            continue
        if isinstance(fact, Plan) and fact.cause not in causes:
            causes.add(fact.cause)
            if topics.is_of_title(fact.cause):
                yield item.at_ms
        elif isinstance(fact, Answered) and fact.searched_ms is not None:
            yield from [fact.searched_ms] * fact.searches


def _in_vain(history: History) -> Iterator[Plan]:
    """The newest generations that failed, and the one before them."""
    for plan in reversed(history.last_revisions.values()):
        yield plan
        if not plan.forgotten and alive(plan) and not history.without_images(plan):
            return
