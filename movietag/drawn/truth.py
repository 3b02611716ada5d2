"""What is really in the drawn movies, and what the pipeline must therefore find. Pure.

Nothing here asks the pipeline: instants come in as numbers, expected counts follow from the drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from movietag.drawn.motifs import DRAWN_TAGS
from movietag.records import Record


class Segment(Record, frozen=True):
    """What is on screen from ``start`` to ``end`` (seconds). ``shot`` is -1 where it is black."""

    start: float
    end: float
    shot: int
    tags: tuple[str, ...] = ()


class VideoTruth(Record, frozen=True):
    """One search result; ``kind`` is true, wrong, noise or damaged; only true ones have segments."""

    video_id: str
    title: str
    kind: str
    channel: str
    views: int
    seconds: float
    width: int
    height: int
    segments: tuple[Segment, ...] = ()


class MovieTruth(Record, frozen=True):
    """A drawn movie: the line to send, what it is about, its search results.

    ``relevance`` is dense over the drawn tags; ``winners`` are the videos a good ranking ends with.
    """

    line: str
    title: str
    year: int | None
    seconds: float
    relevance: dict[str, float]
    shot_seeds: tuple[int, ...]
    videos: tuple[VideoTruth, ...]
    winners: tuple[str, ...]

    def video(self, video_id: str) -> VideoTruth:
        """A video by its id, with or without an extractor's name before it (``name:id``).

        Raises:
            KeyError: the movie has no such video.
        """
        bare = video_id.rpartition(":")[2]
        for video in self.videos:
            if video.video_id == bare:
                return video
        raise KeyError(f"{self.title} has no video {video_id}.")


class DemoTruth(Record, frozen=True):
    """All movies; ``nobody_finds`` is a title without results; ``digest`` names the drawing code."""

    digest: str
    movies: tuple[MovieTruth, ...]
    nobody_finds: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The titles to send, the one that nobody finds last."""
        return (*(movie.line for movie in self.movies), self.nobody_finds)


def read_truth(path: Path) -> DemoTruth:
    """Read truth.json of a demo library."""
    return msgspec.json.decode(path.read_bytes(), type=DemoTruth)


@dataclass(frozen=True, slots=True)
class ExpectedSlot:
    """What must become of a slot: kept, or dropped as ``dark`` or ``duplicate``; and its tags."""

    slot: int
    dropped: str
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class ExpectedMovie:
    """What must come out for a movie: images, and in how many of them each drawn tag is."""

    images: int
    counts: Mapping[str, int]

    def ratio(self, tag: str) -> float:
        """Share of the images with the tag; 0 without images."""
        return self.counts[tag] / self.images if self.images else 0.0


def expected(video: VideoTruth, targets: Sequence[float]) -> tuple[ExpectedSlot, ...]:
    """What becomes of the slots of a video, given the instants they aim at (seconds, ascending).

    Raises:
        ValueError: the video has no known content, or two instants fall into one shot (what becomes
            of the second is then the sampler's choice, and not known from the drawing).
    """
    if not video.segments:
        raise ValueError(f"{video.video_id} ({video.kind}) shows nothing that is known.")
    slots: list[ExpectedSlot] = []
    seen: set[int] = set()
    used: set[float] = set()
    for slot, target in enumerate(targets):
        segment = next((s for s in video.segments if s.start <= target < s.end), video.segments[-1])
        if segment.start in used:
            raise ValueError(f"{video.video_id}: two instants in one shot, at {target:g} s.")
        used.add(segment.start)
        reason = "dark" if segment.shot < 0 else "duplicate" if segment.shot in seen else ""
        seen.add(segment.shot)
        slots.append(ExpectedSlot(slot, reason, frozenset(segment.tags)))
    return tuple(slots)


def expected_movie(
    movie: MovieTruth,
    targets: Callable[[VideoTruth], Sequence[float]],
    video_ids: Iterable[str] | None = None,
) -> ExpectedMovie:
    """Images and counts of a movie, from the videos that were used (default: the winners).

    Raises:
        KeyError, ValueError: as ``MovieTruth.video`` and ``expected`` have it.
    """
    counts: Counter[str] = Counter(dict.fromkeys(DRAWN_TAGS, 0))
    images = 0
    for video_id in movie.winners if video_ids is None else video_ids:
        video = movie.video(video_id)
        for slot in expected(video, targets(video)):
            if not slot.dropped:
                images += 1
                counts.update(slot.tags)
    return ExpectedMovie(images, dict(counts))


@dataclass(frozen=True, slots=True)
class FoundFrame:
    """A frame as the pipeline counted it: its movie's title and the tags of its caption."""

    movie: str
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class TruthComparison:
    """(movie, tag) pairs on the right side of the cut, all that count, and those too near to it."""

    right: int
    pairs: int
    apart: int
    wrong: tuple[tuple[str, str, float, float], ...]  # movie, tag, true ratio, found ratio

    @property
    def share(self) -> float:
        """Share of the pairs on the right side; 0 without pairs."""
        return self.right / self.pairs if self.pairs else 0.0


def compare(
    frames: Iterable[FoundFrame],
    truth: Mapping[str, ExpectedMovie],
    cut: float = 0.2,
    margin: float = 0.05,
) -> TruthComparison:
    """Compare found with true appearance ratios, over the drawn tags of every movie in ``truth``.

    A pair whose true ratio is within ``margin`` of ``cut`` is set apart. A movie without frames has
    the ratio 0 for every tag.
    """
    images: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    for frame in frames:
        images[frame.movie] += 1
        counts.update((frame.movie, tag) for tag in frame.tags)
    right = pairs = apart = 0
    wrong: list[tuple[str, str, float, float]] = []
    for movie, wanted in truth.items():
        for tag in DRAWN_TAGS:
            true = wanted.ratio(tag)
            found = counts[movie, tag] / images[movie] if images[movie] else 0.0
            if abs(true - cut) <= margin + 1e-9:
                apart += 1
                continue
            pairs += 1
            if (true >= cut) == (found >= cut):
                right += 1
            else:
                wrong.append((movie, tag, true, found))
    return TruthComparison(right, pairs, apart, tuple(wrong))
