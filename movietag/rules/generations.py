"""How plans relate: the generations of a movie, and the revisions of a generation.

A title (or a recaption) begins a generation, and each change of its plan is a revision. Two workers may both
have made a plan of one revision, one of them late: the plan with the least rank counts for every process.
"""

from __future__ import annotations

from collections.abc import Iterable

from movietag.records import Plan, Video, VideoId


def current_plans(plans: Iterable[Plan]) -> list[Plan]:
    """The plan of each revision, in order; of two plans of one revision, that with the least rank."""
    standing: dict[tuple[int, int], Plan] = {}
    for plan in plans:
        at = (plan.generation, plan.revision)
        if at not in standing or plan.rank < standing[at].rank:
            standing[at] = plan
    return [standing[at] for at in sorted(standing)]


def forgotten_below(plans: Iterable[Plan]) -> int:
    """The newest generation that forgets the movie, which ends it and all earlier ones; 0 if none does."""
    return max((plan.generation for plan in plans if plan.forgotten), default=0)


def last_revisions(plans: Iterable[Plan]) -> dict[int, Plan]:
    """The last revision of each generation after the movie was last forgotten, oldest first.

    Args:
        plans: one plan a revision, in order (``current_plans``).
    """
    known = list(plans)
    first = forgotten_below(known) + 1
    return {plan.generation: plan for plan in known if plan.generation >= first}


def failed_videos(plan: Plan) -> set[VideoId]:
    """The ids of the videos that have failed according to the plan."""
    return {failure.video_id for failure in plan.failed}


def alive(plan: Plan) -> tuple[Video, ...]:
    """The videos of a plan that have not failed."""
    failed = failed_videos(plan)
    return tuple(video for video in plan.videos if video.video_id not in failed)


def is_short(plan: Plan) -> bool:
    """Whether a plan has fewer videos than wanted."""
    return len(alive(plan)) < plan.wanted
