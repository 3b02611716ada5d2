"""The site of a long list: finds titles fast, serves few files as many videos, and notes when each was asked for."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chaos.site import Site
from chaos.world import FAILING, SYLLABLES, Clip, Mood, Movie, Search

DRAWN: Final = 48  # files, each of which is many videos
FOUND: Final = 7  # videos that the search finds of a title
WANTED: Final = 5
BAD_VIDEOS: Final = 0.2  # of the movies, with one or two of them
FEW_VIDEOS: Final = 0.05  # of the movies, with fewer than wanted
NO_VIDEO: Final = 0.02  # of the movies
BUSY: Final = 0.004  # of the movies: the site throttles for two requests


def made_list(count: int, seed: int = 1) -> list[Movie]:
    """So many movies with made-up titles, each with its fate at the site; the first two have videos, all that are wanted."""
    rng = random.Random(seed)
    titles: dict[str, int] = {}
    while len(titles) < count:
        words = ("".join(rng.choices(SYLLABLES, k=3)).capitalize() for _ in range(2))
        titles.setdefault(" ".join(words), len(titles))
    return [_movie(number, title, rng) for title, number in titles.items()]


def _movie(number: int, title: str, rng: random.Random) -> Movie:
    drawn = rng.random() if number > 1 else 1.0
    never: Mood = "nothing"
    if drawn < NO_VIDEO:
        return Movie(number, title, _clips(number, FOUND, ()), search=Search(never))
    if drawn < NO_VIDEO + FEW_VIDEOS:
        return Movie(number, title, _clips(number, rng.randint(1, WANTED - 1), ()))
    if drawn < NO_VIDEO + FEW_VIDEOS + BAD_VIDEOS:
        troubles = rng.choices(FAILING, k=rng.randint(1, 2))
    else:
        troubles = ["busy"] if rng.random() < BUSY else []
    return Movie(number, title, _clips(number, FOUND, troubles))


def _clips(number: int, count: int, troubles: Sequence[str]) -> tuple[Clip, ...]:
    """The videos of a movie: those with trouble come first, so they are chosen."""
    return tuple(
        Clip((number * FOUND + at) % DRAWN, f"m{number}v{at}", trouble)
        for at, trouble in enumerate([*troubles, *[""] * (count - len(troubles))])
    )


class ListSite(Site):
    """The chaos site for thousands of movies.

    Attributes:
        asks: time (of the monotonic clock) and id of each video that was asked for, in their order.
    """

    def __init__(self, movies: Sequence[Movie], folder: Path, port: int) -> None:
        self.by_title = {movie.title: movie for movie in movies}
        self.asks: list[tuple[float, str]] = []
        super().__init__(movies, folder, port)

    def found(self, query: str) -> list[dict[str, object]] | None:
        movie = self.by_title.get(" ".join(query.split()[:2]))
        if movie is None:
            return []
        self.searched[movie.title] += 1
        if self.searches.get(movie.title) == "nothing":
            return []
        return [self.entry(movie, clip) for clip in movie.clips]

    def body(self, clip: Clip) -> bytes | None:
        self.asks.append((time.monotonic(), clip.site_id))
        file = Clip(clip.number, f"file{clip.number}", clip.trouble)
        return super().body(file)
