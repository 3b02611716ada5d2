"""What the plan stage does with a request: the answer that needs no search, or the plan made of a search's results."""

from __future__ import annotations

from collections.abc import Sequence

from movietag.records import (
    Plan,
    Recaption,
    Settled,
    TaggerId,
    TitleRequest,
    Video,
    VideoAgain,
    VideoFailed,
)
from movietag.rules.history import History, Position
from movietag.rules.pauses import Pause, current_pause
from movietag.rules.planning import (
    Forget,
    SearchMore,
    SearchVideos,
    answer_again,
    answer_failure,
    answer_title,
    changes_nothing,
    empty_plan,
    first_plan,
    topped_up,
)
from movietag.rules.recaptioning import answer_recaption, recaption_plan
from movietag.settings import Settings

Decidable = TitleRequest | VideoFailed | VideoAgain | Recaption
"""Requests that may make a plan; ``Settled`` never does."""


def answer(
    history: History, request: Decidable, at: Position, rank: str, first_pause_s: float = 0.0
) -> Plan | SearchVideos | SearchMore | Pause | None:
    """The plan that a request makes, or the search that it needs first; None if nothing follows from it.

    A title that has a movie tried again in vain, again and again, comes into a ``Pause`` (``current_pause``).

    Raises:
        PermanentError: the request is refused.
    """
    match request:
        case VideoFailed():
            sent = answer_failure(history, request, rank=rank)
            return sent.plan if sent else None
        case VideoAgain():
            sent = answer_again(history, request, rank=rank)
            return sent.plan if sent else None
        case Recaption():
            current = answer_recaption(history, request)
            return current and recaption_plan(
                request,
                current,
                at.place,
                generation=history.next_generation(),
                rank=rank,
                made_ms=at.at_ms,
            )
        case TitleRequest():
            action = answer_title(history, request)
            if isinstance(action, Forget):
                return empty_plan(request, action.plan, action.generation, rank=rank, at=at)
            again = action is not None and history.latest and not request.title.refresh
            pause = (
                current_pause(history, at.at_ms, first_pause_s) if again and not at.letter else None
            )
            return pause or action


def planned(
    search: SearchVideos | SearchMore,
    request: TitleRequest,
    videos: Sequence[Video],
    *,
    rank: str,
    at: Position,
    tagger: TaggerId,
    settings: Settings,
    reason: str = "",
) -> Plan | None:
    """The plan that follows from a search; None if it would change nothing.

    ``videos`` are the videos, best first; if it is empty, ``reason`` says why. ``tagger`` is the one served now.
    """
    if isinstance(search, SearchMore):
        return topped_up(search.plan, request, videos, rank=rank, at=at, reason=reason)
    plan = first_plan(
        request,
        search.generation,
        videos,
        rank=rank,
        at=at,
        tagger=tagger,
        settings=settings,
        reason=reason,
    )
    return None if changes_nothing(plan, search.former) else plan


def settles(settled: Settled, history: History) -> bool:
    """Whether an outcome is new."""
    return all(item.fact != settled for item in history.placed)
