"""Plans as jobs of the fetch stage: videos to fetch, frames to send again, frames to delete."""

from __future__ import annotations

from typing import Final

import msgspec

from movietag.records import EVERY_VIDEO, Context, Plan, Settled, Video, VideoId, VideoJob
from movietag.rules.history import History
from movietag.topics import is_of_list

_ITSELF: Final = Video(EVERY_VIDEO, "none", "none:")  # stands for all videos of a movie


def jobs(plan: Plan) -> tuple[VideoJob, ...]:
    """The jobs of the videos that this revision adds."""
    return tuple(
        msgspec.structs.replace(
            _job(plan, video),
            context=Context(plan.title, plan.year, plan.genres, video.title, plan.found),
            work="resend" if _is_kept(plan, video.video_id) else "fetch",
            frames=plan.frames,
            model=plan.model,
        )
        for video in plan.videos
        if video.video_id in plan.adds
    )


def drops_of_forgotten(plan: Plan, history: History) -> tuple[VideoJob, ...]:
    """Jobs that delete all stored frames of a movie that ``plan`` forgets.

    A job has the key of its video, so it runs after all earlier fetching of that video. There is always at least
    one job: it tells the fetch stage that no frames of the movie are wanted any more.
    """
    itself = msgspec.structs.replace(plan, videos=(_ITSELF,))
    return _drops(plan, [*_before(plan, history), itself])


def drops_of_replaced(settled: Settled, history: History) -> tuple[VideoJob, ...]:
    """Jobs that delete the stored frames of generations that one with images has replaced.

    None while that generation has no images: the one that it is to replace is still shown.
    """
    plan = history.last_revisions.get(settled.generation)
    if plan is None or not settled.images:
        return ()
    return _drops(plan, _before(plan, history))


def _before(plan: Plan, history: History) -> list[Plan]:
    return [other for other in history.every_plan if other.generation < plan.generation]


def _drops(plan: Plan, former: list[Plan]) -> tuple[VideoJob, ...]:
    videos = {video.video_id: video for other in former for video in other.videos}
    return tuple(
        msgspec.structs.replace(_job(plan, video), work="drop", frames=plan.frames_of)
        for video in videos.values()
    )


def _is_kept(plan: Plan, video_id: VideoId) -> bool:
    """Whether a video's frames are those that an earlier generation has stored."""
    return bool(plan.frames) and (plan.kept is None or video_id in plan.kept)


def _job(plan: Plan, video: Video) -> VideoJob:
    """The job of a video of a plan, with everything that decides its facts."""
    return VideoJob(
        movie_id=plan.movie_id,
        generation=plan.generation,
        revision=plan.revision,
        video=video,
        sampling=plan.sampling,
        tagger=plan.tagger,
        made_ms=plan.made_ms,
        bulk=is_of_list(plan.cause),
    )
