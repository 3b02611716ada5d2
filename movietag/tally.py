"""Facts of a movie -> its tally and its documents: pure, the same whatever the order of the facts.

A fact has an identity; a second one of the same identity changes nothing. What counts is decided
from the whole set: the highest generation, in it the highest revision of the plan, of its videos
that have not failed the first manifest, and for each slot a manifest promises: a caption, else a
failure, else it is missing. ``images`` = slots with a caption; ratio = count / images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from movietag.planning import alive, standing_plans
from movietag.records import (
    Caption,
    Fact,
    Manifest,
    MovieId,
    Plan,
    SlotFailure,
    TaggerId,
    VideoId,
)
from movietag.vocabulary import Vocabulary

Identity = tuple[str | int, ...]
SlotKey = tuple[VideoId, int]


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """A fact with its place in its partition, and the broker's time (milliseconds since 1970)."""

    offset: int
    at_ms: int
    fact: Fact


def identity(fact: Fact) -> Identity:
    """What a fact is about: two facts of one identity are one."""
    match fact:
        case Plan():
            return ("plan", fact.generation, fact.revision, fact.rank)
        case Manifest():
            return ("manifest", fact.generation, fact.video_id)
        case Caption():
            return ("caption", fact.generation, fact.video_id, fact.slot, fact.tagger)
        case SlotFailure():
            return ("failure", fact.generation, fact.video_id, fact.slot, fact.tagger)


class Facts:
    """The set of facts of one movie; of one identity the least offset is kept."""

    def __init__(self, placed: Iterable[Placed] = ()) -> None:
        self._by_identity: dict[Identity, Placed] = {}
        for item in placed:
            self.add(item)

    def add(self, placed: Placed) -> bool:
        """Put a fact in; False when one of its identity was there, at this offset or before."""
        key = identity(placed.fact)
        there = self._by_identity.get(key)
        if there is not None and there.offset <= placed.offset:
            return False
        self._by_identity[key] = placed
        return True

    def get(self, *key: str | int) -> Placed | None:
        """The fact of an identity."""
        return self._by_identity.get(key)

    def __iter__(self) -> Iterator[Placed]:
        return iter(self._by_identity.values())

    def __len__(self) -> int:
        return len(self._by_identity)

    def plans(self) -> list[Plan]:
        """The standing plans, one a revision, in order."""
        return standing_plans(item.fact for item in self if isinstance(item.fact, Plan))

    def since_generation(self, generation: int) -> list[Placed]:
        """The facts of a generation and of all later ones, whose plan may still be on its way."""
        return [item for item in self if item.fact.generation >= generation]

    def of_generation(self, generation: int) -> list[Placed]:
        """The facts of one generation."""
        return [item for item in self if item.fact.generation == generation]


@dataclass(frozen=True, slots=True)
class CountedFrame:
    """A slot with a caption, and the tags found in it."""

    caption: Caption
    tags: frozenset[str]
    at_ms: int


@dataclass(slots=True)
class VideoTally:
    """How far one video of the plan is."""

    manifest: Manifest | None = None
    captioned: int = 0
    failed: int = 0

    @property
    def settled(self) -> bool:
        """Whether it has a manifest and each slot of it a caption or a failure."""
        return self.manifest is not None and self.captioned + self.failed == len(
            self.manifest.slots
        )


@dataclass(slots=True)
class Tally:
    """What stands for a movie: its plan, its counted frames, how often each tag appears."""

    plan: Plan
    facts_folded: int  # of the plan's generation
    updated_ms: int
    frames: dict[SlotKey, CountedFrame] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # tag -> images, in vocabulary order
    confidences: dict[str, float] = field(default_factory=dict)  # tag -> their sum; where scored
    videos: dict[VideoId, VideoTally] = field(default_factory=dict)

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
        return sum(len(video.manifest.slots) for video in self.videos.values() if video.manifest)

    @property
    def finished(self) -> bool:
        """Whether nothing more can come under this plan: every video is settled."""
        return all(video.settled for video in self.videos.values())

    @property
    def complete(self) -> bool:
        """Whether it is finished with at least one image; finished without one is failed."""
        return self.finished and self.images > 0

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
    plans = facts.plans()
    if not plans:
        return None
    plan = plans[-1]
    generation = facts.of_generation(plan.generation)
    result = Tally(
        plan=plan,
        facts_folded=len(generation),
        updated_ms=max(item.at_ms for item in generation),
        counts=dict.fromkeys(match.vocabulary.tags, 0),
    )
    for video in alive(plan):
        _count_video(result, facts, video.video_id, plan.tagger, match)
    return result


def _count_video(
    result: Tally, facts: Facts, video_id: VideoId, tagger: TaggerId, match: Matcher
) -> None:
    state = result.videos[video_id] = VideoTally()
    placed = facts.get("manifest", result.plan.generation, video_id)
    if placed is None or not isinstance(placed.fact, Manifest):
        return
    state.manifest = placed.fact
    for slot in state.manifest.slots:
        key = (result.plan.generation, video_id, slot.slot, tagger)
        captioned = facts.get("caption", *key)
        if captioned is not None and isinstance(captioned.fact, Caption):
            tags = match.tags_of(captioned.fact)
            result.frames[video_id, slot.slot] = CountedFrame(captioned.fact, tags, captioned.at_ms)
            state.captioned += 1
            sure = captioned.fact.confidence
            for tag in tags:
                result.counts[tag] += 1
                if sure is not None:
                    result.confidences[tag] = result.confidences.get(tag, 0.0) + sure[tag]
        elif facts.get("failure", *key) is not None:
            state.failed += 1
