"""The judgement of a video's name: the sum of points for and against, with all reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from movietag.crawl.judging.crowd import Key, Longer, Witness, named_by
from movietag.crawl.judging.folding import fold
from movietag.crawl.judging.letters import spelt_out
from movietag.crawl.judging.names import names_of
from movietag.crawl.judging.place import Place, places_of
from movietag.crawl.judging.points import (
    Part,
    astray_points,
    kind_points,
    part_points,
    refused_points,
    strange_points,
    title_points,
    year_points,
)

NOT_IN_IT: Final = ("the title is not in it",)
LONGEST: Final = 300  # characters of a video's name that are read; sites allow 100 or so


@dataclass(frozen=True, slots=True)
class Verdict:
    """One way to read a video's name: where the film's name stands in it, and what that is worth."""

    place: Place
    parts: tuple[Part, ...]

    @property
    def points(self) -> float:
        """The sum of all points."""
        return sum(points for points, _ in self.parts)


class Judge:
    """Judges names of videos against one film."""

    def __init__(self, title: str, year: int | None, also: Sequence[str] = ()) -> None:
        """``also`` are other titles of the film, each as good as ``title``."""
        self.year = year
        self.names = names_of(title, tuple(also))
        self.own = frozenset(word for name in self.names for word in name.words)

    def score(
        self, title: str, *, verified: bool, crowd: Mapping[Key, Longer] | None = None
    ) -> tuple[float, tuple[str, ...]]:
        """The score of a video's name, and the reasons in words.

        Args:
            title: of the video.
            verified: whether its channel is; it decides nothing by itself.
            crowd: longer names that several results of the search have (``longer_names``).
        """
        if not self.names:
            return 0.0, ("the movie's title has no letters or digits",)
        reading = self._read(title, crowd or {})
        if reading is None:
            return 0.0, NOT_IN_IT
        parts = [*reading.parts, *([(0.5, "verified channel")] if verified else [])]
        total = round(sum(points for points, _ in parts), 2)
        return total, tuple(f"{points:+g} {why}" for points, why in parts)

    def witness(self, title: str) -> Witness | None:
        """What a video's name says about longer names; None if no name of the film is in it."""
        reading = self._read(title, {})
        if reading is None:
            return None
        years = reading.place.years
        own = self.year in years
        return Witness(tuple(reading.place.strange()), own, bool(years) and not own)

    def _read(self, title: str, crowd: Mapping[Key, Longer]) -> Verdict | None:
        """The best reading of a video's name; None if no name of the film is in it."""
        found = []
        title = title[:LONGEST]
        for words in dict.fromkeys((fold(title), fold(spelt_out(title)))):
            for name in self.names:
                readings = [
                    Verdict(place, tuple(self._parts(place, crowd)))
                    for place in places_of(name, words)
                ]
                if readings:  # "Star Wars: The Last Jedi | Star Wars" is the former
                    own = any(self.year in one.place.years for one in readings)
                    found.append((max if own else min)(readings, key=lambda one: one.points))
        return max(found, key=lambda one: one.points, default=None)

    def _parts(self, place: Place, crowd: Mapping[Key, Longer]) -> Iterator[Part]:
        yield from title_points(place, self.year)
        yield from part_points(place)
        yield from self._strange(place, crowd)
        yield from astray_points(place)
        years = year_points(place, self.year)
        yield from years
        yield from kind_points(place, settled=any(points > 0 for points, _ in years))
        yield from refused_points(place, self.own)

    def _strange(self, place: Place, crowd: Mapping[Key, Longer]) -> Iterator[Part]:
        """Unexplained words, by themselves and by what other results say."""
        named: set[bool] = set()
        for strange in place.strange(moments=False) if crowd else ():
            if longer := named_by(strange, crowd):
                named.add(strange.before)
                said = f"{longer.results} results name {longer.text!r} beside the title"
                own = (0.0, f"a longer name of the film: {said}")
                yield own if longer.own else (-5.0, f"another film: {said}")
        for strange in place.strange():
            if strange.before not in named:
                yield strange_points(place, strange, self.year)
