"""The generator: which movies there are, what becomes of each, and so what must be counted. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

VIDEOS, SLOTS = 4, 50  # of a movie; of a video
FIRST, SECOND = "reader@000000000001", "reader@000000000002"  # the taggers
SYLLABLES = ["ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "ze"]
FAILING = ("gone", "page", "empty")

Frame = tuple[int, int]  # numbers of video and slot


@dataclass(frozen=True)
class Clip:
    """One video of the site; ``trouble`` is a word of FAILING, ``busy`` (503 at first), or empty."""

    number: int
    site_id: str
    trouble: str = ""

    @property
    def video_id(self) -> str:
        """Its id in movietag."""
        return f"movietagdemovideo:{self.site_id}"


@dataclass
class Movie:
    """A title and its fate."""

    number: int
    title: str
    clips: tuple[Clip, ...]  # in the order in which the site finds them
    at: float  # seconds after the start
    again_at: float | None = None  # sent a second time
    refresh_at: float | None = None
    refused: set[Frame] = field(default_factory=set)  # the tagger refuses these frames
    mended: bool = False  # … until somebody mends it, and the letters are replayed

    @property
    def line(self) -> str:
        """What is put on the topic of titles."""
        return f"{self.title} (1990)"

    @property
    def standing(self) -> tuple[Clip, ...]:
        """The videos that must stand in the end."""
        return tuple(clip for clip in self.clips if clip.trouble not in FAILING)

    def frames(self) -> Iterator[tuple[Clip, int]]:
        """Every frame that must be counted or stand in the dead letters."""
        return ((clip, slot) for clip in self.standing for slot in range(SLOTS))


def make_world(seed: int, movies: int, seconds: float) -> list[Movie]:
    """``movies`` movies whose titles come within 80 % of ``seconds``.

    20 % have failing videos, 10 % are refreshed, 10 % sent twice, 10 % have frames that are refused
    until it is mended and their letters replayed, 5 % frames that stay refused.
    """
    rng = random.Random(seed)
    names: dict[str, int] = {}
    while len(names) < movies:
        letters = ["".join(rng.choices(SYLLABLES, k=3)).capitalize() for _ in range(2)]
        names.setdefault(" ".join(letters), len(names))
    made = [
        Movie(number, title, _clips(number, ()), at=0.8 * seconds * number / movies)
        for title, number in names.items()
    ]

    def some(share: float) -> list[Movie]:
        return rng.sample(made, max(1, ceil(share * movies)))

    for movie in some(0.2):
        movie.clips = _clips(movie.number, rng.choices(FAILING, k=rng.randint(1, 2)))
    for movie in some(0.1):
        movie.refresh_at = min(movie.at + rng.uniform(10, 120), 0.9 * seconds)
    for movie in some(0.1):
        movie.again_at = min(movie.at + rng.uniform(0, 60), 0.9 * seconds)
    for movie in some(0.15):
        frames = [(clip.number, slot) for clip, slot in movie.frames()]
        movie.refused = set(rng.sample(frames, 10))
        movie.mended = rng.random() < 0.67
    return made


def _clips(number: int, failing: tuple[str, ...] | list[str]) -> tuple[Clip, ...]:
    """The failing ones first, so that they are chosen, and replaced; one good one is busy at first."""
    troubles = [*failing, "busy" if number % 10 == 3 else "", *[""] * (VIDEOS - 1)]
    return tuple(
        Clip(number * 8 + place, f"m{number}v{place}", trouble)
        for place, trouble in enumerate(troubles)
    )
