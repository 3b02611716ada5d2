"""How far a movie is on its way, for `movietag watch` and the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from movietag.search.results import Movie

State = Literal["fetching", "captioning", "complete", "failed", "refreshing", "refresh failed"]


@dataclass(frozen=True, slots=True)
class MovieProgress:
    """Videos fetched of those that still count, frames captioned of those promised so far.

    `refreshing` and `refresh failed`: the movie is complete, and a newer try runs or has failed.
    """

    fetched: int
    videos: int
    captioned: int
    promised: int
    state: State

    @property
    def ended(self) -> bool:
        """Whether nothing is under way."""
        return self.state not in ("fetching", "captioning", "refreshing")

    @property
    def share(self) -> float:
        """Of the frames promised so far, the share that is captioned; 0 while there are none."""
        return self.captioned / self.promised if self.promised else 0.0


def progress_of(movie: Movie) -> MovieProgress:
    """How far it is; a failed video counts no longer."""
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


def attempted(movie: Movie) -> str:
    """What there is to say of a newer try than what is shown; empty where there is none."""
    if movie.attempt == "running":
        return "refreshing: a newer try is running; this is shown until it has images"
    return f"last try failed: {movie.attempt_reason}" if movie.attempt else ""
