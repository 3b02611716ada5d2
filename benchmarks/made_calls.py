"""Calls of the REST API as people make them: 12 kinds of searches over a made-up library."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from benchmarks.made_library import WORDS, word
from movietag.vocabulary import Vocabulary

COMMONEST = 20  # words that nobody asks for; the next one stands in 4 % of all captions
KINDS: Final = (
    "one tag",
    "tags and not",
    "tags or",
    "by lift",
    "tags and years",
    "title",
    "text",
    "scenes",
    "scenes by text",
    "facets",
    "suggestions",
    "similar",
)


@dataclass(frozen=True)
class Arguments:
    """What a call asks about; each kind uses some of it. ``percent`` and ``low`` are least ratios."""

    one: str
    two: str
    three: str
    percent: int
    low: int
    years: tuple[int, int]
    movie_id: str
    common: str
    rare: str
    length: int
    limit: int

    @property
    def typed(self) -> str:
        """The beginning of a title."""
        return self.rare[: self.length]


@dataclass(frozen=True)
class Call:
    """A call: its kind, path with query, and what both say."""

    kind: str
    path: str
    arguments: Arguments = field(compare=False)


class Calls:
    """Calls of 12 kinds, drawn anew each time, no two alike."""

    def __init__(self, vocabulary: Vocabulary, movies: int, seed: int) -> None:
        self._draw = random.Random(seed)
        self._tags, self._movies = vocabulary.tags, movies
        self._seen: set[str] = set()

    def take(self, count: int) -> list[Call]:
        """So many, the kinds in turn."""
        return [self._fresh(KINDS[n % len(KINDS)]) for n in range(count)]

    def _fresh(self, kind: str) -> Call:
        while True:
            arguments = self._drawn()
            path = path_of(kind, arguments)
            if path not in self._seen:
                self._seen.add(path)
                return Call(kind, path, arguments)

    def _drawn(self) -> Arguments:
        draw = self._draw
        one, two, three = draw.sample(self._tags, 3)
        first = draw.randint(1930, 2000)
        return Arguments(
            one,
            two,
            three,
            percent=draw.randint(5, 60),
            low=draw.randint(1, 9),
            years=(first, first + draw.randint(1, 25)),
            movie_id=f"made-{draw.randrange(self._movies):06}",
            common=self._word(),
            rare=word(draw.randrange(WORDS)),
            length=draw.randint(2, 6),
            limit=draw.randint(3, 20),
        )

    def _word(self) -> str:
        """A word of the captions: none of the commonest (the, of, …), and of the rest rare ones less often."""
        return word(int(COMMONEST * (WORDS / COMMONEST) ** self._draw.random()))


def path_of(kind: str, of: Arguments) -> str:
    """The path and query of a call of the REST API."""
    one, two, three = (f'"{tag}"' for tag in (of.one, of.two, of.three))
    first, last = of.years
    paths = {
        "one tag": _movies(f"{one}>={of.percent}%"),
        "tags and not": _movies(f"{one}>={of.percent}% and {two}>={of.low}% and not {three}"),
        "tags or": _movies(f"{one} or {two}>={of.percent}% or {three}", by="ratio"),
        "by lift": _movies(f"{one} and {two}>={of.low}%", by="lift"),
        "tags and years": _movies(f"{one}>={of.low}% year:{first}..{last}"),
        "title": _movies(f"title:{of.rare[:4]}", by="title", limit=str(of.limit)),
        "text": _movies(f"text:{of.common} and {one}>={of.low}%", by="text"),
        "scenes": f"/api/scenes?{urlencode({'q': f'{one} and {two} and not {three}'})}",
        "scenes by text": f"/api/scenes?{urlencode({'q': f'text:{of.common} and {one}'})}",
        "facets": f"/api/facets?{urlencode({'q': f'{one}>={of.percent}% and {two}'})}",
        "suggestions": f"/api/suggestions?{urlencode({'text': of.typed, 'limit': of.limit})}",
        "similar": f"/api/movies/{of.movie_id}/similar",
    }
    return paths[kind]


def _movies(query: str, **more: str) -> str:
    return f"/api/movies?{urlencode({'q': query, **more})}"
