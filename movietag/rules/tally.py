"""Facts of a movie -> its tally: pure, the same whatever the order of the facts.

A fact has an identity; a second one of the same identity changes nothing. What is counted is what is shown
(``movietag.rules.shown``). ``images`` = slots with a caption; ratio = count / images.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from movietag.records import (
    ENDS_IN_HALF,
    Caption,
    Manifest,
    MovieId,
    Placed,
    Plan,
    Settled,
    VideoId,
)
from movietag.rules.facts import Facts, SlotKey
from movietag.rules.generations import current_plans, forgotten_below, last_revisions
from movietag.rules.shown import (
    PlanProgress,
    PlansProgress,
    VideoProgress,
    attempt_after,
    is_replaced,
    shown_plan,
)
from movietag.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class CountedFrame:
    """A slot with a caption, and the tags that match it."""

    caption: Caption
    tags: frozenset[str]
    at_ms: int


@dataclass(slots=True)
class Tally:
    """What is shown of a movie: a plan, its counted frames, how often each tag appears.

    ``attempt`` is a newer plan that runs or has failed, if any. ``candidates`` are the last revisions of the
    generations that are shown, or may still be.
    """

    shown: PlanProgress
    attempt: PlanProgress | None
    candidates: tuple[PlanProgress, ...]
    generation: int  # the newest
    first: int  # generation that may matter: the last that forgot the movie, else 0
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
    def videos(self) -> dict[VideoId, VideoProgress]:
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
        """The facts that may still matter: those of replaced generations never will."""
        return facts.since_generation(self.plan.generation if self.shown.replaces else self.first)

    @property
    def at_rest(self) -> bool:
        """Whether no work is in progress that may change what is shown."""
        return all(one.finished for one in self.candidates)

    @property
    def outcomes(self) -> tuple[Settled, ...]:
        """What the plan stage must learn: the generation that is shown for good, and those that failed to replace it."""
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

    @property
    def qualities(self) -> Counter[str]:
        """How many captions have each mark; unmarked ones are left out."""
        return Counter(
            frame.caption.quality for frame in self.frames.values() if frame.caption.quality
        )

    def confidence(self, tag: str) -> float | None:
        """The mean confidence of a tag over the frames that have it; None where captions count."""
        return self.confidences[tag] / self.counts[tag] if tag in self.confidences else None

    def ratio(self, tag: str) -> float:
        """The appearance ratio of a tag: count / images, 0 without images."""
        return self.counts[tag] / self.images if self.images else 0.0


class Matcher:
    """A vocabulary with a cache of the captions it has matched: a movie is folded many times.

    Captions of more than ``LONG`` characters are not cached: they would fill the memory.
    """

    LONG: Final = 2_000

    def __init__(self, vocabulary: Vocabulary, cached: int = 20_000) -> None:
        self.vocabulary = vocabulary
        self._cached = cached
        self._cache: dict[tuple[str, bool], frozenset[str]] = {}
        self._tags = frozenset(vocabulary.tags)

    def tags_of(self, caption: Caption) -> frozenset[str]:
        """The tags of a frame: those that its tagger scored, else those that match its caption."""
        if caption.confidence is None:
            return self(caption.caption, cut=caption.quality in ENDS_IN_HALF)
        return self._tags.intersection(caption.confidence)

    def __call__(self, caption: str, *, cut: bool = False) -> frozenset[str]:
        """The tags that match a caption; ``cut`` as in ``Vocabulary.match``."""
        if len(caption) > self.LONG:
            return self.vocabulary.match(caption, cut=cut)
        key = (caption, cut)
        tags = self._cache.get(key)
        if tags is None:
            if len(self._cache) >= self._cached:
                self._cache.clear()
            tags = self._cache[key] = self.vocabulary.match(caption, cut=cut)
        return tags


def tally(facts: Facts, match: Matcher) -> Tally | None:
    """Fold the facts of a movie; None while they include no plan."""
    current = current_plans(facts.plans())
    if not current:
        return None
    states = PlansProgress(facts)
    shown = shown_plan(facts.plans(), current, states)
    last = [states.of(plan) for plan in last_revisions(current).values()]
    result = Tally(
        shown=shown,
        attempt=attempt_after(shown, last),
        candidates=tuple(one for one in last if not is_replaced(one, shown)),
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
