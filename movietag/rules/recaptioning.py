"""What a request for another tagger causes: pure functions, as in movietag.rules.planning.

The frames are the stored ones of the generation that is shown; all stages after captioning treat it like any new
generation.
"""

from __future__ import annotations

import msgspec

from movietag.errors import PermanentError
from movietag.records import Plan, Recaption, RequestId
from movietag.rules.generations import alive
from movietag.rules.history import History


def answer_recaption(history: History, request: Recaption) -> Plan | None:
    """The plan whose frames a request for another tagger captions again.

    None if nothing is left to do: there is no frame, or this tagger has captioned them already.

    Raises:
        PermanentError: ``replaced`` if another generation has replaced the one that was meant.
    """
    current = history.current
    if current is None or current.forgotten or not alive(current):
        return None
    if current.tagger == request.tagger:
        return None
    if current.generation != request.generation:
        raise PermanentError(
            "replaced",
            f"Movie {request.movie_id} is at generation {current.generation} now, not"
            f" {request.generation}. See `movietag show`, and repeat `movietag recaption` if it is still"
            " of the former tagger.",
        )
    return current


def recaption_plan(
    request: Recaption,
    current: Plan,
    cause: RequestId,
    *,
    generation: int,
    rank: str,
    made_ms: int,
) -> Plan:
    """The generation that has the stored frames of ``current``, and another tagger.

    Nothing is fetched for it: failed videos stay failed, and no candidate replaces a video whose frames are
    gone.
    """
    videos = alive(current)
    ids = tuple(video.video_id for video in videos)
    return msgspec.structs.replace(
        current,
        generation=generation,
        revision=0,
        rank=rank,
        cause=cause,
        made_ms=made_ms,
        asked=None,
        tagger=request.tagger,
        model=request.model,
        found=request.found,
        frames=current.frames_of,
        kept=ids,
        videos=videos,
        adds=ids,
        candidates=(),
        failed=(),
        reason="",
    )
