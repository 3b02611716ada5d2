"""Calls of the REST API as people make them: 12 kinds of searches over a made-up library."""

from __future__ import annotations

import random
from urllib.parse import urlencode

from benchmarks.made_library import WORDS, word
from movietag.vocabulary import Vocabulary

COMMONEST = 20  # words that nobody asks for; the next one stands in 4 % of all captions
Call = tuple[str, str]  # its kind, and path with query


class Calls:
    """Calls of 12 kinds, drawn anew each time, no two alike."""

    def __init__(self, vocabulary: Vocabulary, movies: int, seed: int) -> None:
        self._draw = random.Random(seed)
        self._tags, self._movies = vocabulary.tags, movies
        self._seen: set[str] = set()

    def take(self, count: int) -> list[Call]:
        """So many, the kinds in turn."""
        kinds = list(self._drawn())
        return [self._fresh(kinds[n % len(kinds)]) for n in range(count)]

    def _fresh(self, kind: str) -> Call:
        while True:
            path = self._drawn()[kind]
            if path not in self._seen:
                self._seen.add(path)
                return kind, path

    def _drawn(self) -> dict[str, str]:
        """A call of each kind."""
        draw = self._draw
        one, two, three = (self._quoted(tag) for tag in draw.sample(self._tags, 3))
        percent, low = draw.randint(5, 60), draw.randint(1, 9)
        first = draw.randint(1930, 2000)
        movie = f"made-{draw.randrange(self._movies):06}"
        common, rare = self._word(), word(draw.randrange(WORDS))
        return {
            "one tag": self._movies_by(f"{one}>={percent}%"),
            "tags and not": self._movies_by(f"{one}>={percent}% and {two}>={low}% and not {three}"),
            "tags or": self._movies_by(f"{one} or {two}>={percent}% or {three}", by="ratio"),
            "by lift": self._movies_by(f"{one} and {two}>={low}%", by="lift"),
            "tags and years": self._movies_by(
                f"{one}>={low}% year:{first}..{first + draw.randint(1, 25)}"
            ),
            "title": self._movies_by(
                f"title:{rare[:4]}", by="title", limit=str(draw.randint(5, 20))
            ),
            "text": self._movies_by(f"text:{common} and {one}>={low}%", by="text"),
            "scenes": f"/api/scenes?{urlencode({'q': f'{one} and {two} and not {three}'})}",
            "scenes by text": f"/api/scenes?{urlencode({'q': f'text:{common} and {one}'})}",
            "facets": f"/api/facets?{urlencode({'q': f'{one}>={percent}% and {two}'})}",
            "suggestions": f"/api/suggestions?{urlencode({'text': rare[: draw.randint(2, 6)], 'limit': draw.randint(3, 12)})}",
            "similar": f"/api/movies/{movie}/similar",
        }

    def _movies_by(self, query: str, **more: str) -> str:
        return f"/api/movies?{urlencode({'q': query, **more})}"

    def _word(self) -> str:
        """A word of the captions: none of the commonest (the, of, …), and of the rest rare ones less often."""
        return word(int(COMMONEST * (WORDS / COMMONEST) ** self._draw.random()))

    def _quoted(self, tag: str) -> str:
        return f'"{tag}"'
