"""What a wish for another tagger causes: pure functions, as in movietag.planning.

The frames are those that were kept of the standing generation; everything behind the caption stage is
as with any new generation.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from movietag.errors import PermanentError
from movietag.planning import Send, alive, standing_plans
from movietag.records import Plan, Recaption, RequestId


def answer_recaption(
    plans: Iterable[Plan], request: Recaption, cause: RequestId
) -> Send | Plan | None:
    """What a wish for another tagger causes: the plan it has made before, or else the plan to replace.

    None: there is nothing that could be captioned again.

    Raises:
        PermanentError: ``replaced``, when another generation stands by now.
    """
    history = standing_plans(plans)
    for plan in history:
        if plan.cause == cause and plan.revision == 0:
            return Send(plan)
    standing = history[-1] if history else None
    if standing is None or standing.forgotten or not alive(standing):
        return None
    if standing.generation != request.generation:
        raise PermanentError(
            "replaced",
            f"Movie {request.movie_id} has generation {standing.generation} by now, not"
            f" {request.generation}. See `movietag show`, and repeat `movietag recaption` if it is still"
            " of the former tagger.",
        )
    return standing


def recaption_plan(
    request: Recaption, standing: Plan, cause: RequestId, *, rank: str, made_ms: int
) -> Plan:
    """The generation that has the standing one's frames, as they were kept, and another tagger.

    Nothing is fetched for it: a video that failed stays away, and no candidate replaces one whose frames
    are gone.
    """
    videos = alive(standing)
    return msgspec.structs.replace(
        standing,
        generation=standing.generation + 1,
        revision=0,
        rank=rank,
        cause=cause,
        made_ms=made_ms,
        tagger=request.tagger,
        model=request.model,
        found=request.found,
        frames=standing.frames_of,
        videos=videos,
        adds=tuple(video.video_id for video in videos),
        candidates=(),
        failed=(),
    )
