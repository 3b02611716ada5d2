"""How far a movie is on its way, for `movietag watch` and the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from movietag.search.found import Movie

State = Literal["fetching", "captioning", "complete", "failed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Videos fetched of those that still count, frames captioned of those promised so far."""

    fetched: int
    videos: int
    captioned: int
    promised: int
    state: State

    @property
    def share(self) -> float:
        """Of the frames promised so far, the share that is captioned; 0 while there are none."""
        return self.captioned / self.promised if self.promised else 0.0


def progress_of(movie: Movie) -> Progress:
    """How far it is; a failed video counts no longer."""
    alive = [video for video in movie.videos if video.status != "failed"]
    state: State
    if movie.status == "running":
        state = "captioning" if movie.promised else "fetching"
    else:
        state = movie.status
    fetched = sum(video.status == "fetched" for video in alive)
    return Progress(fetched, len(alive), movie.images, movie.promised, state)
