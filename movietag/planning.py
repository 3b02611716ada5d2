"""What the plan stage decides: pure functions from the plans so far and a request to an answer.

A movie's plans form generations (a title raises one) and revisions within a generation (a failed
video raises one). Every decision is a ``Plan`` record, never changed afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from movietag.errors import PermanentError
from movietag.records import (
    Context,
    Plan,
    Sampling,
    TaggerId,
    Title,
    TitleRequest,
    Video,
    VideoAgain,
    VideoFailed,
    VideoId,
    VideoJob,
)
from movietag.settings import Settings


@dataclass(frozen=True, slots=True)
class Send:
    """Send this plan and the videos that it adds (again, when they were sent before)."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Search:
    """Find videos and make revision 0 of this generation; ``standing`` is the plan it replaces."""

    generation: int
    standing: Plan | None


@dataclass(frozen=True, slots=True)
class Forget:
    """Make an empty generation after this plan: nothing stands for the movie any more."""

    standing: Plan


def standing_plans(plans: Iterable[Plan]) -> list[Plan]:
    """The standing plan of each revision, in order: where two were made, the least rank."""
    standing: dict[tuple[int, int], Plan] = {}
    for plan in plans:
        at = (plan.generation, plan.revision)
        if at not in standing or plan.rank < standing[at].rank:
            standing[at] = plan
    return [standing[at] for at in sorted(standing)]


def alive(plan: Plan) -> tuple[Video, ...]:
    """The videos of a plan that have not failed."""
    failed = _failed(plan)
    return tuple(video for video in plan.videos if video.video_id not in failed)


def is_short(plan: Plan) -> bool:
    """Whether a plan has fewer videos than wanted and nobody left to take."""
    return len(alive(plan)) < plan.wanted and not plan.candidates


def answer_title(plans: Iterable[Plan], request: TitleRequest) -> Send | Search | Forget | None:
    """What a title causes; None: nothing, the movie has its plan (or was never there) already.

    Raises:
        PermanentError: ``other-sources``, when the title names other urls or files than the plan.
    """
    history = standing_plans(plans)
    for plan in history:
        if plan.cause == request.request_id and plan.revision == 0:
            return Send(plan)
    title = request.title
    standing = history[-1] if history else None
    if title.forget:
        return Forget(standing) if standing and not standing.forgotten else None
    if standing is None:
        return Search(1, None)
    if title.refresh or standing.forgotten:
        return Search(standing.generation + 1, None)
    if title.sources and title.sources != standing.sources:
        raise PermanentError(
            "other-sources",
            f"Movie {title.movie_id} is already planned with other videos than this title names;"
            ' send it with "refresh": true to replace them.',
        )
    return Search(standing.generation + 1, standing) if is_short(standing) else None


def answer_failure(plans: Iterable[Plan], failed: VideoFailed, *, rank: str) -> Send | None:
    """What the failure of a video causes: the revision that says so, with the next candidate.

    None: there is no such generation. A video that this history does not know is written down too
    (another worker may have planned it), but takes no candidate.
    """
    history = [plan for plan in standing_plans(plans) if plan.generation == failed.generation]
    video_id = failed.failure.video_id
    if not history:
        return None
    made = _made_by(history, rank)
    if made is None and video_id in _failed(history[-1]):
        made = next(plan for plan in history if video_id in _failed(plan))
    if made is not None:
        return Send(made)
    latest = history[-1]
    known = video_id in {video.video_id for video in latest.videos}
    following = latest.candidates[:1] if known else ()
    return Send(
        msgspec.structs.replace(
            latest,
            revision=latest.revision + 1,
            rank=rank,
            failed=(*latest.failed, failed.failure),
            videos=latest.videos + following,
            adds=tuple(video.video_id for video in following),
            candidates=latest.candidates[len(following) :],
        )
    )


def answer_again(plans: Iterable[Plan], again: VideoAgain, *, rank: str) -> Send | None:
    """What the replay of a failed video causes: the revision that takes it back.

    None: there is no such plan, or the video has not failed.

    Raises:
        PermanentError: ``replaced``, when the movie has its number without this video.
    """
    history = standing_plans(plans)
    made = _made_by(history, rank)
    if made is not None:
        return Send(made)
    latest = history[-1] if history else None
    if latest is None or again.video_id not in _failed(latest):
        return None
    if latest.generation != again.generation or not is_short(latest):
        raise PermanentError(
            "replaced",
            f"Video {again.video_id} is no longer wanted: another one stands in for it, or the movie"
            f" {again.movie_id} was planned anew. Nothing is left to do.",
        )
    return Send(
        msgspec.structs.replace(
            latest,
            revision=latest.revision + 1,
            rank=rank,
            failed=tuple(item for item in latest.failed if item.video_id != again.video_id),
            adds=(again.video_id,),
        )
    )


def _made_by(history: Iterable[Plan], rank: str) -> Plan | None:
    """The plan that this very request has made before: ranks begin with the request's offset."""
    request = rank.split(".", 1)[0]
    return next((plan for plan in history if plan.rank.split(".", 1)[0] == request), None)


def _failed(plan: Plan) -> set[VideoId]:
    return {failure.video_id for failure in plan.failed}


def first_plan(
    request: TitleRequest,
    generation: int,
    found: Sequence[Video],
    *,
    rank: str,
    made_ms: int,
    tagger: TaggerId,
    settings: Settings,
    reason: str = "",
) -> Plan:
    """Revision 0 of a generation: the best of the videos found (best first), the others kept.

    With sources given by the title all of them are wanted; ``reason`` says why ``found`` is empty.
    """
    title = request.title
    wanted = len(found) if title.sources else settings.videos
    chosen = tuple(found[:wanted])
    return Plan(
        movie_id=title.movie_id,
        title=title.title,
        year=title.year,
        generation=generation,
        revision=0,
        rank=rank,
        cause=request.request_id,
        tagger=tagger,
        sampling=sampling(title, wanted, settings),
        wanted=wanted,
        made_ms=made_ms,
        videos=chosen,
        adds=tuple(video.video_id for video in chosen),
        candidates=tuple(found[wanted:]),
        sources=title.sources,
        genres=title.genres,
        reason=reason,
    )


def empty_plan(request: TitleRequest, standing: Plan, *, rank: str, made_ms: int) -> Plan:
    """The generation that forgets a movie."""
    return msgspec.structs.replace(
        standing,
        generation=standing.generation + 1,
        revision=0,
        rank=rank,
        cause=request.request_id,
        made_ms=made_ms,
        videos=(),
        adds=(),
        candidates=(),
        failed=(),
        forgotten=True,
        frames=0,
    )


def changes_nothing(plan: Plan, standing: Plan | None) -> bool:
    """Whether a plan made anew for a short one only repeats it: same videos, none of them failed."""
    return standing is not None and not standing.failed and plan.videos == standing.videos


def sampling(title: Title, wanted: int, settings: Settings) -> Sampling:
    """The settings that decide frames; a movie's cap is shared among its videos.

    Folders of pictures have no slots of their own: each gives up to its share of the cap.
    """
    share = max(1, settings.movie_slots // max(1, wanted))
    pictures = bool(title.sources.images) and not (title.sources.urls or title.sources.files)
    return Sampling(
        slots=share if pictures else min(settings.slots, share),
        trim_start=settings.trim_start,
        trim_end=settings.trim_end,
        mode=settings.sampling,
        width=settings.width,
        height=settings.height,
        jpeg_quality=settings.jpeg_quality,
        drop_dark=settings.drop_dark,
        drop_flat=settings.drop_flat,
        duplicate_bits=settings.duplicate_bits,
    )


def jobs(plan: Plan) -> tuple[VideoJob, ...]:
    """The videos that this revision adds, as work for the fetch stage."""
    return tuple(
        msgspec.structs.replace(
            _job(plan, video),
            context=Context(plan.title, plan.year, plan.genres, video.title, plan.found),
            work="resend" if plan.frames else "fetch",
            frames=plan.frames,
            model=plan.model,
        )
        for video in plan.videos
        if video.video_id in plan.adds
    )


def drops(plan: Plan, plans: Iterable[Plan]) -> tuple[VideoJob, ...]:
    """What a new generation leaves nothing standing of: the kept frames of those before it, as jobs.

    A job has the key of its video, so that it is done after all fetching of it that was asked for before.
    """
    former = [other for other in plans if other.generation < plan.generation]
    videos = {video.video_id: video for other in former for video in other.videos}
    if plan.revision:
        return ()
    return tuple(
        msgspec.structs.replace(_job(plan, video), work="drop", frames=plan.frames_of)
        for video in videos.values()
    )


def _job(plan: Plan, video: Video) -> VideoJob:
    """A video of a plan as work: with all that decides its facts."""
    return VideoJob(
        movie_id=plan.movie_id,
        generation=plan.generation,
        revision=plan.revision,
        video=video,
        sampling=plan.sampling,
        tagger=plan.tagger,
    )
