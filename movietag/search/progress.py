"""The progress of a movie, for `movietag watch` and the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from movietag.documents import DroppedSlots, MarkedCaptions
from movietag.search.results import Movie

State = Literal["fetching", "captioning", "complete", "failed", "refreshing", "refresh failed"]


@dataclass(frozen=True, slots=True)
class MovieProgress:
    """Fetched of all videos that have not failed, and captioned of all frames promised so far.

    `refreshing` and `refresh failed`: the movie is complete, and a newer attempt runs or has failed.
    """

    fetched: int
    videos: int
    captioned: int
    promised: int
    state: State

    @property
    def ended(self) -> bool:
        """Whether the movie and its newest attempt have ended."""
        return self.state not in ("fetching", "captioning", "refreshing")

    @property
    def share(self) -> float:
        """Captioned / promised frames; 0 while none are promised."""
        return self.captioned / self.promised if self.promised else 0.0


def progress_of(movie: Movie) -> MovieProgress:
    """The progress of a movie; failed videos do not count."""
    alive = [video for video in movie.videos if video.status != "failed"]
    state: State
    if movie.status == "running":
        state = "captioning" if movie.promised else "fetching"
    elif movie.status == "complete" and movie.attempt:
        state = "refreshing" if movie.attempt == "running" else "refresh failed"
    else:
        state = movie.status
    fetched = sum(video.status == "fetched" for video in alive)
    return MovieProgress(fetched, len(alive), movie.images, movie.promised, state)


def slots_note(slots: int, dropped_by: Iterable[DroppedSlots]) -> str:
    """How many slots have a frame, and why others have none: `31 of 50 kept, 19 dropped (12 missing, 7 dark)`."""
    reasons = list(dropped_by)
    dropped = sum(one.count for one in reasons)
    why = ", ".join(f"{one.count} {one.reason}" for one in reasons)
    return f"{slots - dropped} of {slots} kept" + (
        f", {dropped} dropped ({why})" if dropped else ""
    )


def marks_note(not_whole: Iterable[MarkedCaptions]) -> str:
    """How many captions are not whole, by their mark: `3 cut, 1 refused`; empty if none is."""
    return ", ".join(f"{one.count} {one.quality}" for one in not_whole)


def partial_note(images: int, promised: int) -> str:
    """How many of the promised images are counted, where that is not all: `41 of 50 images`; else empty."""
    return f"{images} of {promised} images" if images < promised else ""


def short_note(movie: Movie) -> str:
    """A note about a movie that lacks too many of its slots; empty if it does not."""
    if not movie.short:
        return ""
    return f"short: too few slots have a frame, so its counts rest on {movie.images} images"


def attempt_note(movie: Movie) -> str:
    """A note about an attempt newer than the result shown; empty if there is none."""
    if movie.attempt == "running":
        return "refreshing: a newer try is running; this result is shown until it has images"
    return f"last try failed: {movie.attempt_reason}" if movie.attempt else ""
