"""What has happened to a movie, as other programs want to know it: pure, from its facts."""

from __future__ import annotations

from typing import Literal

from movietag.documents import Attempt, Status
from movietag.records import Change
from movietag.rules.facts import Facts
from movietag.rules.generations import current_plans
from movietag.rules.shown import PlansProgress, shown_plan
from movietag.rules.tally import Tally


def change_of(
    facts: Facts, tally: Tally, status: Status, attempt: Attempt | None
) -> Change | Literal[""]:
    """What the facts of a movie have led to; empty while work on it is in progress.

    Args:
        facts: all that are known of the movie.
        tally: of these facts.
        status: of what is shown.
        attempt: of a newer attempt, if any.
    """
    if tally.plan.forgotten:
        return "forgotten"
    if "running" in (status, attempt):
        return ""
    if "failed" in (status, attempt):
        return "failed"
    return "changed" if _was_complete(facts, tally.last_offset) else "complete"


def _was_complete(facts: Facts, newest: int) -> bool:
    """Whether the movie was complete before its newest fact, the one with this offset."""
    before = Facts(item for item in facts if item.offset != newest)
    current = current_plans(before.plans())
    return bool(current) and shown_plan(before.plans(), current, PlansProgress(before)).complete
