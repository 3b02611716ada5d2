"""How far the plans of a movie are, and which of them is shown: pure, the same whatever the order of the facts.

What is shown is decided from all facts of the movie: of the generations since the movie was last forgotten, the
newest that is finished and has images; while none has, the newest. Within a generation a video counts by its first
manifest, and each slot that the manifest promises by a caption, else a failure, else it is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from movietag.records import Manifest, Plan, VideoId
from movietag.rules.facts import Facts
from movietag.rules.generations import failed_videos, forgotten_below


@dataclass(slots=True)
class VideoProgress:
    """How far one video of a plan is."""

    manifest: Manifest | None = None
    captioned: int = 0
    failed: int = 0

    @property
    def settled(self) -> bool:
        """Whether it has a manifest and each slot of it a caption or a failure."""
        return self.manifest is not None and self.captioned + self.failed == len(
            self.manifest.slots
        )


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """How far a plan is; ``videos`` has those that count."""

    plan: Plan
    videos: dict[VideoId, VideoProgress]

    @property
    def images(self) -> int:
        """Number of slots with a caption."""
        return sum(video.captioned for video in self.videos.values())

    @property
    def promised(self) -> int:
        """Number of slots that the manifests promise."""
        return sum(len(video.manifest.slots) for video in self.videos.values() if video.manifest)

    @property
    def finished(self) -> bool:
        """Whether every video that counts is settled."""
        return all(video.settled for video in self.videos.values())

    @property
    def complete(self) -> bool:
        """Whether it is finished with at least one image; finished without one is failed."""
        return self.finished and self.images > 0

    @property
    def replaces(self) -> bool:
        """Whether it may replace a former result: it is complete, and all stored frames that it uses still exist."""
        plan = self.plan
        kept = (video.video_id for video in plan.videos) if plan.kept is None else plan.kept
        return self.complete and not (plan.frames and set(kept) - self.videos.keys())


class PlansProgress:
    """The progress of plans, each computed once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._videos: dict[tuple[int, VideoId, str], VideoProgress] = {}
        self._plans: dict[tuple[int, int, str], PlanProgress] = {}

    def of(self, plan: Plan) -> PlanProgress:
        """The progress of one plan."""
        key = (plan.generation, plan.revision, plan.rank)
        if key not in self._plans:
            failed, made = failed_videos(plan), self._facts.offset_of(plan)
            videos = {}
            for video in plan.videos:
                # A manifest is the commit record of a video: no later failure counts against it.
                manifest = self._facts.get("manifest", plan.generation, video.video_id)
                if video.video_id not in failed or (manifest and manifest.offset < made):
                    videos[video.video_id] = self._video(plan, video.video_id)
            self._plans[key] = PlanProgress(plan, videos)
        return self._plans[key]

    def _video(self, plan: Plan, video_id: VideoId) -> VideoProgress:
        key = (plan.generation, video_id, plan.tagger)
        if key not in self._videos:
            self._videos[key] = _video_progress(self._facts, plan, video_id)
        return self._videos[key]


def _video_progress(facts: Facts, plan: Plan, video_id: VideoId) -> VideoProgress:
    placed = facts.get("manifest", plan.generation, video_id)
    if placed is None or not isinstance(placed.fact, Manifest):
        return VideoProgress()
    state = VideoProgress(placed.fact)
    for slot in placed.fact.slots:
        key = (plan.generation, video_id, slot.slot, plan.tagger)
        if facts.get("caption", *key) is not None:
            state.captioned += 1
        elif facts.get("failure", *key) is not None:
            state.failed += 1
    return state


def shown_plan(plans: Iterable[Plan], current: list[Plan], states: PlansProgress) -> PlanProgress:
    """The plan that is shown: of the newest generation that can replace others, the plan with most images.

    Plans of one generation differ by videos that were replaced or added, or because two workers made them. The
    plan with the most images, then the last revision, then the least rank, is the same for every process.

    Args:
        plans: all plans of the movie.
        current: one plan a revision, in order (``current_plans``).
        states: the progress of these plans.
    """
    first = forgotten_below(current) + 1
    candidates = (
        states.of(plan) for plan in plans if plan.generation >= first and not plan.forgotten
    )
    best = max(
        (one for one in candidates if one.replaces),
        key=lambda one: (one.plan.generation, one.images, one.plan.revision),
        default=None,
    )
    if best is None:
        return states.of(current[-1])
    equal = [
        plan
        for plan in plans
        if (plan.generation, plan.revision) == (best.plan.generation, best.plan.revision)
        and states.of(plan).replaces
        and states.of(plan).images == best.images
    ]
    return states.of(min(equal, key=lambda plan: plan.rank))


def is_replaced(one: PlanProgress, shown: PlanProgress) -> bool:
    """Whether what is shown has replaced the generation of a plan."""
    return shown.replaces and one.plan.generation < shown.plan.generation


def attempt_after(shown: PlanProgress, last: list[PlanProgress]) -> PlanProgress | None:
    """The newest plan that runs while another is shown, else the newest plan if that has failed; None: neither.

    ``last`` are the last revisions of the generations, oldest first.
    """
    at = (shown.plan.generation, shown.plan.revision)
    newer = [one for one in last if (one.plan.generation, one.plan.revision) > at]
    running = [one for one in newer if not one.finished]
    if running:
        return running[-1]
    if newer and newer[-1].plan.generation > shown.plan.generation:
        return newer[-1]
    return None
