"""The generator: which movies there are, what becomes of each, and so what must be counted. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Literal

from movietag.rules.titles import parse_title

VIDEOS, SLOTS = 4, 50  # of a movie; of a video
FIRST, SECOND = "reader@000000000001", "reader@000000000002"  # the taggers
SYLLABLES = ["ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "ze"]
FAILING = ("gone", "page", "empty")
LAST = 0.9  # of the run: no action comes later

Frame = tuple[int, int]  # numbers of video and slot
Kind = Literal["add", "spelled", "refresh", "forget"]
"""Of a title: as it was at first, or otherwise spelled; or what it asks for."""
Mood = int | Literal["busy", "nothing"]
"""How the site's search for a title answers: with so many videos, 503, or with none."""


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


@dataclass(frozen=True, order=True)
class Action:
    """A title that comes ``at`` seconds after the start."""

    at: float
    kind: Kind


@dataclass(frozen=True)
class Search:
    """How the search for a title fails.

    Args:
        mood: how it answers while it fails.
        until: seconds after the start; None: for ever.
        complete: it works until the movie is complete, and fails from then on.
    """

    mood: Mood
    until: float | None = None
    complete: bool = False

    @property
    def never(self) -> bool:
        """Whether nothing is ever found."""
        return self.until is None and not self.complete


@dataclass
class Movie:
    """A title and its fate."""

    number: int
    title: str
    clips: tuple[Clip, ...]  # in the order in which the site finds them
    actions: list[Action] = field(default_factory=list)  # in their order
    search: Search | None = None  # None: it never fails
    refused: set[Frame] = field(default_factory=set)  # the tagger refuses these frames
    mended: bool = False  # … until somebody mends it, and the letters are replayed

    @property
    def line(self) -> str:
        """What is put on the topic of titles."""
        return f"{self.title} (1990)"

    @cached_property
    def movie_id(self) -> str:
        """Its id in movietag."""
        return parse_title(self.line.encode()).movie_id

    @property
    def forgotten(self) -> bool:
        """Whether it was forgotten last: nothing of it may be left then."""
        return bool(self.actions) and self.actions[-1].kind == "forget"

    @property
    def ordered(self) -> bool:
        """Whether the order of its actions means something."""
        return any(action.kind == "forget" for action in self.actions)

    @property
    def steady(self) -> bool:
        """Whether nothing is asked for that may leave it with fewer images than it had."""
        return not any(action.kind in ("forget", "refresh") for action in self.actions)

    @property
    def standing(self) -> tuple[Clip, ...]:
        """The videos that must stand in the end."""
        if self.forgotten or (self.search and self.search.never):
            return ()
        return tuple(clip for clip in self.clips if clip.trouble not in FAILING)

    def frames(self) -> Iterator[tuple[Clip, int]]:
        """Every frame that must be counted or stand in the dead letters."""
        return ((clip, slot) for clip in self.standing for slot in range(SLOTS))


def make_world(seed: int, movies: int, seconds: float, *, plain: bool = False) -> list[Movie]:
    """``movies`` movies whose titles come within 80 % of ``seconds``.

    20 % have failing videos, 10 % are refreshed, 10 % sent twice, 10 % have frames that are refused
    until it is mended and their letters replayed, 5 % frames that stay refused. Unless ``plain``, 15 % are
    forgotten, 5 % forgotten and added again, and the searches for 25 % fail: for ever, at first, or later.
    """
    rng = random.Random(seed)
    names: dict[str, int] = {}
    while len(names) < movies:
        letters = ["".join(rng.choices(SYLLABLES, k=3)).capitalize() for _ in range(2)]
        names.setdefault(" ".join(letters), len(names))
    made = [
        Movie(number, title, _clips(number, ()), [Action(0.8 * seconds * number / movies, "add")])
        for title, number in names.items()
    ]

    def some(share: float) -> list[Movie]:
        return rng.sample(made, max(1, ceil(share * movies)))

    def later(movie: Movie, least: float, most: float) -> float:
        return min(movie.actions[0].at + rng.uniform(least, most), LAST * seconds)

    for movie in some(0.2):
        movie.clips = _clips(movie.number, rng.choices(FAILING, k=rng.randint(1, 2)))
    refreshed = some(0.1)
    for movie in refreshed:
        movie.actions.append(Action(later(movie, 10, 120), "refresh"))
    for movie in some(0.1):
        movie.actions.append(Action(later(movie, 0, 60), "spelled"))
    for movie in some(0.15):
        frames = [(clip.number, slot) for clip, slot in movie.frames()]
        movie.refused = set(rng.sample(frames, 10))
        movie.mended = rng.random() < 0.67
    if not plain:
        _act(made, seconds, rng)
    for movie in made:
        movie.actions.sort()
    return made


def _act(movies: Sequence[Movie], seconds: float, rng: random.Random) -> None:
    """Give most movies a fate of their own, each fate to one movie at least while there are some left."""
    left = rng.sample(movies, len(movies))

    def some(share: float) -> list[Movie]:
        count = min(len(left), max(1, ceil(share * len(movies))))
        return [left.pop() for _ in range(count)]

    def after(movie: Movie, most: float) -> float:
        first = movie.actions[0].at
        return rng.uniform(first, max(first, min(first + most, LAST * seconds)))

    _forget(some(0.15), some(0.05), after, rng)
    _fail_searches(some(0.05), some(0.1), some(0.1), after, rng)


After = Callable[[Movie, float], float]
"""A time after a movie has come, so many seconds at most."""


def _forget(
    for_good: Sequence[Movie], back: Sequence[Movie], after: After, rng: random.Random
) -> None:
    """Have movies forgotten, some of them twice or in the midst of a refresh, and others added again."""
    for movie in for_good:
        at = after(movie, 120)
        movie.actions = [action for action in movie.actions if action.at <= at]
        if rng.random() < 0.4:
            movie.actions.append(Action(max(0.0, at - rng.uniform(0, 5)), "refresh"))
        movie.actions += [Action(at, "forget")] * rng.choice((1, 1, 2))
    for movie in back:
        at = after(movie, 90)
        movie.actions = [action for action in movie.actions if action.at <= at]
        movie.actions += [Action(at, "forget"), Action(at + rng.uniform(0, 30), "add")]


def _fail_searches(
    never: Sequence[Movie],
    later: Sequence[Movie],
    at_first: Sequence[Movie],
    after: After,
    rng: random.Random,
) -> None:
    """Have searches find nothing, ever; or nothing more once the movie is complete; or not all at first.

    All these titles come again and again. The second have fewer videos than are wanted, so that each title
    searches for more.
    """
    failing: list[Mood] = ["busy", "nothing"]
    for movie in never:
        movie.search = Search(rng.choice(failing))
    for movie in later:
        movie.search = Search(rng.choice(failing), complete=True)
        movie.clips = movie.clips[: -rng.randint(1, 2)]
    for movie in at_first:
        movie.search = Search(rng.choice([*failing, 1, 2]), until=after(movie, 60) + 5)
    kinds: list[Kind] = ["add", "spelled"]
    for movie in (*never, *later, *at_first):
        again = rng.choices(kinds, k=rng.randint(1, 3))
        movie.actions += [Action(after(movie, 180), kind) for kind in again]


def _clips(number: int, failing: tuple[str, ...] | list[str]) -> tuple[Clip, ...]:
    """The failing ones first, so that they are chosen, and replaced; one good one is busy at first."""
    troubles = [*failing, "busy" if number % 10 == 3 else "", *[""] * (VIDEOS - 1)]
    return tuple(
        Clip(number * 8 + place, f"m{number}v{place}", trouble)
        for place, trouble in enumerate(troubles)
    )
