"""Facts of a movie -> its tally: pure, the same whatever the order of the facts.

A fact has an identity; a second one of the same identity changes nothing. What is shown and counted is decided
from the whole set: of the generations since the movie was last forgotten, the newest that is finished and has
images; while there is none, the newest. Within it a video counts by its first manifest, and a slot that this
promises by a caption, else a failure, else it is missing. ``images`` = slots with a caption; ratio = count / images.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from movietag.records import Caption, Manifest, MovieId, Placed, Plan, Settled, VideoId
from movietag.rules.facts import Facts, SlotKey
from movietag.rules.generations import (
    failed_videos,
    forgotten_below,
    last_revisions,
    standing_plans,
)
from movietag.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class CountedFrame:
    """A slot with a caption, and the tags found in it."""

    caption: Caption
    tags: frozenset[str]
    at_ms: int


@dataclass(slots=True)
class VideoTally:
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
class PlanTally:
    """How far a plan is: its videos that count, by their ids."""

    plan: Plan
    videos: dict[VideoId, VideoTally]

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
        """Whether it may take the place of a former result: complete, and no kept frame of it is gone."""
        plan = self.plan
        kept = (video.video_id for video in plan.videos) if plan.kept is None else plan.kept
        return self.complete and not (plan.frames and set(kept) - self.videos.keys())


@dataclass(slots=True)
class Tally:
    """What is shown of a movie: a plan, its counted frames, how often each tag appears.

    ``attempt`` is a newer plan than that: it runs, or has failed; None where there is none.
    ``candidates`` are the last revisions of the generations that are shown, or may still be.
    """

    shown: PlanTally
    attempt: PlanTally | None
    candidates: tuple[PlanTally, ...]
    generation: int  # the newest
    first: int  # generation since the movie was last forgotten, that one included
    last_offset: int  # of the facts folded
    updated_ms: int
    frames: dict[SlotKey, CountedFrame] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # tag -> images, in vocabulary order
    confidences: dict[str, float] = field(default_factory=dict)  # tag -> their sum; where scored

    @property
    def plan(self) -> Plan:
        """The plan that is shown."""
        return self.shown.plan

    @property
    def videos(self) -> dict[VideoId, VideoTally]:
        """Its videos that count."""
        return self.shown.videos

    @property
    def movie_id(self) -> MovieId:
        """The movie's id."""
        return self.plan.movie_id

    @property
    def images(self) -> int:
        """Number of counted slots."""
        return len(self.frames)

    @property
    def promised(self) -> int:
        """Number of slots that the manifests promise."""
        return self.shown.promised

    @property
    def finished(self) -> bool:
        """Whether every video that counts is settled."""
        return self.shown.finished

    @property
    def complete(self) -> bool:
        """Whether it is finished with at least one image; finished without one is failed."""
        return self.shown.complete

    def kept(self, facts: Facts) -> list[Placed]:
        """The facts that may still matter: those before what replaced them never will."""
        return facts.since_generation(self.plan.generation if self.shown.replaces else self.first)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way that may change what is shown."""
        return all(one.finished for one in self.candidates)

    @property
    def outcomes(self) -> tuple[Settled, ...]:
        """What the plan stage has to know: which generation is shown for good, and which have failed to be."""
        shown = self.shown.plan.generation if self.shown.replaces else 0
        failed = (
            one
            for one in self.candidates
            if one.plan.generation > shown and one.videos and one.finished and not one.replaces
        )
        ends = [(one.plan.generation, 0) for one in failed]
        if shown:
            ends.insert(0, (shown, self.images))
        return tuple(Settled(self.movie_id, generation, images) for generation, images in ends)

    def confidence(self, tag: str) -> float | None:
        """The mean confidence of a tag over the frames that have it; None where captions count."""
        return self.confidences[tag] / self.counts[tag] if tag in self.confidences else None

    def ratio(self, tag: str) -> float:
        """The appearance ratio of a tag: count / images, 0 without images."""
        return self.counts[tag] / self.images if self.images else 0.0


class Matcher:
    """A vocabulary that remembers captions it has matched (a movie is folded many times).

    Captions of more than ``LONG`` characters are matched each time, or they would fill the memory.
    """

    LONG: Final = 2_000

    def __init__(self, vocabulary: Vocabulary, remember: int = 20_000) -> None:
        self.vocabulary = vocabulary
        self._remember = remember
        self._known: dict[str, frozenset[str]] = {}
        self._tags = frozenset(vocabulary.tags)

    def tags_of(self, caption: Caption) -> frozenset[str]:
        """The tags of a frame: those that its tagger scored, else those that its caption holds."""
        if caption.confidence is None:
            return self(caption.caption)
        return self._tags.intersection(caption.confidence)

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags that a caption holds."""
        if len(caption) > self.LONG:
            return self.vocabulary.match(caption)
        tags = self._known.get(caption)
        if tags is None:
            if len(self._known) >= self._remember:
                self._known.clear()
            tags = self._known[caption] = self.vocabulary.match(caption)
        return tags


def tally(facts: Facts, match: Matcher) -> Tally | None:
    """Fold the facts of a movie; None while no plan is among them."""
    current = standing_plans(facts.plans())
    if not current:
        return None
    states = _States(facts)
    shown = _shown(facts.plans(), current, states)
    last = [states.of(plan) for plan in last_revisions(current).values()]
    result = Tally(
        shown=shown,
        attempt=_attempt(shown, last),
        candidates=tuple(one for one in last if not _is_replaced(one, shown)),
        generation=current[-1].generation,
        first=forgotten_below(current),
        last_offset=max(item.offset for item in facts.known()),
        updated_ms=max(
            item.at_ms for item in facts.known() if item.fact.generation >= shown.plan.generation
        ),
        counts=dict.fromkeys(match.vocabulary.tags, 0),
    )
    for video_id, state in shown.videos.items():
        if state.manifest is not None:
            _count_frames(result, facts, state.manifest, video_id, match)
    return result


def _shown(plans: Iterable[Plan], current: list[Plan], states: _States) -> PlanTally:
    """What is shown: the newest generation that can replace others, in it the plan with most images.

    Within a generation plans differ by videos that were replaced or added, or because two workers made them;
    the most images, then the last revision, then the least rank, is the same for everyone.
    """
    first = forgotten_below(current) + 1
    found = (states.of(plan) for plan in plans if plan.generation >= first and not plan.forgotten)
    best = max(
        (one for one in found if one.replaces),
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


def _is_replaced(one: PlanTally, shown: PlanTally) -> bool:
    return shown.replaces and one.plan.generation < shown.plan.generation


def _attempt(shown: PlanTally, last: list[PlanTally]) -> PlanTally | None:
    """The newest plan that runs beside what is shown, else the newest plan if that has failed.

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


class _States:
    """How far plans are, each worked out once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._videos: dict[tuple[int, VideoId, str], VideoTally] = {}
        self._plans: dict[tuple[int, int, str], PlanTally] = {}

    def of(self, plan: Plan) -> PlanTally:
        key = (plan.generation, plan.revision, plan.rank)
        if key not in self._plans:
            failed, made = failed_videos(plan), self._facts.offset_of(plan)
            videos = {}
            for video in plan.videos:
                # A manifest is the commit record of a video: no later failure counts against it.
                manifest = self._facts.get("manifest", plan.generation, video.video_id)
                if video.video_id not in failed or (manifest and manifest.offset < made):
                    videos[video.video_id] = self._video(plan, video.video_id)
            self._plans[key] = PlanTally(plan, videos)
        return self._plans[key]

    def _video(self, plan: Plan, video_id: VideoId) -> VideoTally:
        key = (plan.generation, video_id, plan.tagger)
        if key not in self._videos:
            self._videos[key] = _video_tally(self._facts, plan, video_id)
        return self._videos[key]


def _video_tally(facts: Facts, plan: Plan, video_id: VideoId) -> VideoTally:
    placed = facts.get("manifest", plan.generation, video_id)
    if placed is None or not isinstance(placed.fact, Manifest):
        return VideoTally()
    state = VideoTally(placed.fact)
    for slot in placed.fact.slots:
        key = (plan.generation, video_id, slot.slot, plan.tagger)
        if facts.get("caption", *key) is not None:
            state.captioned += 1
        elif facts.get("failure", *key) is not None:
            state.failed += 1
    return state


def _count_frames(
    result: Tally, facts: Facts, manifest: Manifest, video_id: VideoId, match: Matcher
) -> None:
    for slot in manifest.slots:
        key = (result.plan.generation, video_id, slot.slot, result.plan.tagger)
        captioned = facts.get("caption", *key)
        if captioned is None or not isinstance(captioned.fact, Caption):
            continue
        tags = match.tags_of(captioned.fact)
        result.frames[video_id, slot.slot] = CountedFrame(captioned.fact, tags, captioned.at_ms)
        sure = captioned.fact.confidence
        for tag in tags:
            result.counts[tag] += 1
            if sure is not None:
                result.confidences[tag] = result.confidences.get(tag, 0.0) + sure[tag]
