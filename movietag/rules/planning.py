"""What the plan stage decides: pure functions from a movie's history and a request to an answer.

A movie's plans form generations (a title begins one) and revisions within a generation (a failed video or a
title that asks for what is missing makes one). Every decision is a ``Plan`` record, never changed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from movietag.errors import PermanentError
from movietag.records import (
    Plan,
    Sampling,
    TaggerId,
    Title,
    TitleRequest,
    Video,
    VideoAgain,
    VideoFailed,
    VideoId,
)
from movietag.rules.generations import alive, failed_videos, is_short
from movietag.rules.history import History, Position, Send
from movietag.settings import Settings
from movietag.topics import is_of_list

NOTHING_NEW: Final = "The search found no further video."


@dataclass(frozen=True, slots=True)
class SearchVideos:
    """Search for videos, and make revision 0 of a new generation of them.

    ``former``: the plan without images that is planned again; if the new plan equals it, nothing changes.
    """

    generation: int
    former: Plan | None = None


@dataclass(frozen=True, slots=True)
class SearchMore:
    """Search for the videos that this plan lacks, and make a revision that adds them."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Forget:
    """Make an empty generation after this plan: it forgets the movie."""

    plan: Plan
    generation: int


def answer_title(
    history: History, request: TitleRequest
) -> SearchVideos | SearchMore | Forget | None:
    """The action for a title without an answer (``History.recall``); None if the movie has its videos.

    Raises:
        PermanentError: ``other-sources`` if the title names other urls or files than the plan; or as
            ``History.next_generation``.
    """
    title, latest, current = request.title, history.latest, history.current
    if title.forget or title.cancel:
        if latest is None or latest.forgotten or (title.cancel and history.has_images):
            return None
        return Forget(latest, history.next_generation(last=True))
    if is_of_list(request.request_id) and request.asked_ms < history.withdrawn_ms:
        return None
    if current is None or title.refresh or current.forgotten:
        return SearchVideos(history.next_generation())
    if title.sources and title.sources != current.sources:
        raise PermanentError(
            "other-sources",
            f"Movie {title.movie_id} is already planned with other videos than this title names;"
            ' send it with "refresh": true to replace them.',
        )
    if not alive(current) or history.without_images(current):
        return SearchVideos(history.next_generation(), current)
    return SearchMore(current) if is_short(current) else None


def answer_failure(history: History, failed: VideoFailed, *, rank: str) -> Send | None:
    """The revision that a video's failure makes: it records the failure and takes the next candidate.

    None if there is no such generation, it was forgotten, the failure is known, or the video was requested
    again since. The failure of a video that this history does not know is recorded too (another worker may have
    planned it), but takes no candidate; nor does a failure in a generation that another one has replaced.
    """
    latest = history.last_revisions.get(failed.generation)
    video_id = failed.failure.video_id
    if latest is None or latest.forgotten or video_id in failed_videos(latest):
        return None
    if failed.revision is not None and failed.revision < history.asked_for(video_id, latest):
        return None
    known = video_id in {video.video_id for video in latest.videos}
    wanted = known and latest == history.current
    told = msgspec.structs.replace(latest, failed=(*latest.failed, failed.failure))
    return Send(_revised(_with_candidates(told, 1 if wanted else 0), rank))


def answer_again(history: History, again: VideoAgain, *, rank: str) -> Send | None:
    """The revision that takes a failed video back, after the replay of its letter.

    None if there is no such plan, or the video has not failed.

    Raises:
        PermanentError: ``replaced`` if the movie has enough videos without this one.
    """
    of_generation = history.last_revisions.get(again.generation)
    if history.latest is None:
        return None
    if of_generation is not None and again.video_id not in failed_videos(of_generation):
        return None
    current = history.current
    if of_generation is None or of_generation.forgotten or not _is_wanted(of_generation, current):
        raise PermanentError(
            "replaced",
            f"Video {again.video_id} is no longer wanted: another one replaces it, or the movie"
            f" {again.movie_id} was planned again. Nothing is left to do.",
        )
    return Send(
        msgspec.structs.replace(
            of_generation,
            revision=of_generation.revision + 1,
            rank=rank,
            failed=tuple(item for item in of_generation.failed if item.video_id != again.video_id),
            adds=(again.video_id,),
            reason="",
        )
    )


def answer_settled(history: History, *, rank: str) -> Send | None:
    """The revision in which the current plan takes candidates for what it lacks; None if it lacks nothing, or has none.

    A failure in a generation that is being replaced takes no candidate (``answer_failure``). When the generation that
    was to replace it has ended without an image, it stands again, and takes them now.

    Args:
        history: with the outcome that has just been told.
        rank: of the revision.
    """
    plan = history.current
    if plan is None or plan.forgotten or not is_short(plan):
        return None
    if not plan.candidates:
        return None
    return Send(_revised(_with_candidates(plan, plan.wanted - len(alive(plan))), rank))


def _with_candidates(plan: Plan, number: int) -> Plan:
    """A plan that adds so many of its candidates, the best; one of them that had failed is tried again."""
    following = plan.candidates[:number]
    added = {video.video_id for video in following}
    listed = {video.video_id for video in plan.videos}
    kept = tuple(video_id for video_id in _kept(plan) if video_id not in added)
    return msgspec.structs.replace(
        plan,
        videos=(*plan.videos, *(video for video in following if video.video_id not in listed)),
        adds=tuple(video.video_id for video in following),
        candidates=plan.candidates[len(following) :],
        failed=tuple(item for item in plan.failed if item.video_id not in added),
        kept=kept if plan.frames else plan.kept,
    )


def _revised(plan: Plan, rank: str) -> Plan:
    """A plan as the next revision."""
    return msgspec.structs.replace(plan, revision=plan.revision + 1, rank=rank, reason="")


def _is_wanted(plan: Plan, current: Plan | None) -> bool:
    """Whether a plan takes a video back: it is short, and no newer generation has images or may get some."""
    newer = current is not None and current.generation > plan.generation
    return is_short(plan) and not newer


def first_plan(
    request: TitleRequest,
    generation: int,
    videos: Sequence[Video],
    *,
    rank: str,
    at: Position,
    tagger: TaggerId,
    settings: Settings,
    reason: str = "",
) -> Plan:
    """Revision 0 of a generation: the best of the videos found (best first); the others become candidates.

    Sources that the title names are all wanted. ``reason`` says why ``videos`` is empty.
    """
    title = request.title
    wanted = len(videos) if title.sources else settings.videos
    chosen = tuple(videos[:wanted])
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
        made_ms=at.at_ms,
        asked=at.asked,
        videos=chosen,
        adds=tuple(video.video_id for video in chosen),
        candidates=tuple(videos[wanted:]),
        sources=title.sources,
        genres=title.genres,
        reason=reason,
    )


def topped_up(
    plan: Plan,
    request: TitleRequest,
    videos: Sequence[Video],
    *,
    rank: str,
    at: Position,
    reason: str = "",
) -> Plan | None:
    """The revision that adds what a short plan lacks, including a failed video that the search found again.

    Videos of the plan stay. ``reason`` says why ``videos`` is empty; the revision then records only that.
    None if it would record nothing new.
    """
    had = {video.video_id for video in alive(plan)}
    further = [video for video in videos if video.video_id not in had]
    missing = plan.wanted - len(had)
    why = "" if further else reason or NOTHING_NEW
    if not further and why == plan.reason:
        return None
    more = _with_candidates(msgspec.structs.replace(plan, candidates=tuple(further)), missing)
    return msgspec.structs.replace(
        _revised(more, rank), cause=request.request_id, asked=at.asked, reason=why
    )


def _kept(plan: Plan) -> tuple[VideoId, ...]:
    if not plan.frames:
        return ()
    return tuple(video.video_id for video in plan.videos) if plan.kept is None else plan.kept


def empty_plan(
    request: TitleRequest, plan: Plan, generation: int, *, rank: str, at: Position
) -> Plan:
    """The generation that forgets a movie; ``plan`` is the newest before it."""
    return msgspec.structs.replace(
        plan,
        withdrawn_ms=request.asked_ms,
        generation=generation,
        revision=0,
        rank=rank,
        cause=request.request_id,
        made_ms=at.at_ms,
        asked=at.asked,
        videos=(),
        adds=(),
        candidates=(),
        failed=(),
        forgotten=True,
        frames=0,
        kept=None,
        reason="",
    )


def changes_nothing(plan: Plan, former: Plan | None) -> bool:
    """Whether a new plan for one without images equals it: no video, for the same reason."""
    return (
        former is not None
        and not plan.videos
        and not former.videos
        and plan.reason == former.reason
    )


def sampling(title: Title, wanted: int, settings: Settings) -> Sampling:
    """The settings that decide frames; the videos of a movie share its cap.

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
        slots_per_minute=0.0 if pictures else settings.slots_per_minute,
        most_slots=share if settings.slots_per_minute and not pictures else 1,
        trim_start_share=settings.trim_start_share,
        trim_end_share=settings.trim_end_share,
        drop_cards=settings.drop_cards,
        subfolders=settings.subfolders,
        most_lost=settings.most_lost,
    )
