"""Videos of one site that fail alike, one after another: is each at fault, or the site?

Pure. A streak is shared by all fetch workers (``movietag.streams.failures.site_notes``), so that it holds across
restarts and wherever a partition goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from movietag.records import MovieId, Record, Video, VideoId

VIDEOS: Final = 3  # that fail alike and in a row, of
MOVIES: Final = 2  # that many movies: then it is the site
KEPT: Final = 16  # suspects in a streak; older ones add nothing

CLOCKS_APART: Final = 5 * 60 * 1000  # milliseconds: more is a clock that was wrong

BROKEN_FAMILY: Final = "site-broken"
_ALIKE: Final = {  # what one cause shows itself as; any other kind is like itself alone
    "no-format": BROKEN_FAMILY,
    "data-refused": BROKEN_FAMILY,
}


class Suspect(Record, frozen=True):
    """A video that failed at its site; ``at_ms``: when, in milliseconds since 1970."""

    video_id: VideoId
    movie_id: MovieId
    kind: str
    at_ms: int


class Streak(Record, frozen=True):
    """What is known of a site.

    Attributes:
        suspects: videos that failed since the site last worked, each once, oldest first.
        worked_ms: when the site last worked; 0: never seen.
        good: a video that was fetched then.
    """

    suspects: tuple[Suspect, ...] = ()
    worked_ms: int = 0
    good: Video | None = None


NOTHING_KNOWN: Final = Streak()


def failed(streak: Streak, suspect: Suspect) -> Streak:
    """The streak with one more failure; a video that fails again is one suspect, by its newest failure."""
    return _streak((*streak.suspects, suspect), streak.worked_ms, streak.good)


def worked(at_ms: int, good: Video) -> Streak:
    """The streak after a video was fetched: what failed before is forgotten."""
    return Streak((), at_ms, good)


def merged(one: Streak, other: Streak) -> Streak:
    """What two notes know together; of two that know the same, ``other`` is the later one."""
    newer = one if one.worked_ms > other.worked_ms else other
    return _streak((*one.suspects, *other.suspects), newer.worked_ms, newer.good)


def believable(streak: Streak, now_ms: int) -> Streak:
    """The streak without what a clock that was ahead dated; it would hide every failure until that time comes."""
    latest = now_ms + CLOCKS_APART
    suspects = tuple(one for one in streak.suspects if one.at_ms <= latest)
    return Streak(suspects, streak.worked_ms if streak.worked_ms <= latest else 0, streak.good)


def without_good(streak: Streak) -> Streak:
    """The streak without its good video, which is gone itself."""
    return Streak(streak.suspects, streak.worked_ms)


def several(streak: Streak, kind: str) -> bool:
    """Whether so many videos of several movies have failed like ``kind`` that the site must be at fault."""
    alike = [suspect for suspect in streak.suspects if family(suspect.kind) == family(kind)]
    movies = {suspect.movie_id for suspect in alike}
    return len(alike) >= VIDEOS and len(movies) >= MOVIES


def family(kind: str) -> str:
    """The kind that stands for all that are alike."""
    return _ALIKE.get(kind, kind)


def _streak(suspects: Iterable[Suspect], worked_ms: int, good: Video | None) -> Streak:
    by_video: dict[VideoId, Suspect] = {}
    for one in sorted(suspects, key=lambda suspect: suspect.at_ms):
        by_video.pop(one.video_id, None)  # the newest failure counts, in its place
        by_video[one.video_id] = one
    newer = [one for one in by_video.values() if one.at_ms > worked_ms]
    return Streak(tuple(newer[-KEPT:]), worked_ms, good)
