"""Evaluates a query for one movie: whether it matches, and the decisive conditions. Pure.

`not horror` does not mean that no image shows horror, as captioners make mistakes: it means that the ratio is
below a cut. So a bare tag means one thing where it is positive (it occurs) and another where it is negated.

What a movie without images does not show is not known: it matches no negative condition on tags or captions.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Protocol

from movietag.rules.spelling import SpelledTitle, wanted_phrase
from movietag.search.query.nodes import (
    About,
    And,
    Field,
    ImageCount,
    Leaf,
    Node,
    Not,
    Or,
    Tag,
    Text,
    TitleWords,
    Year,
)
from movietag.search.query.unknown import negative

Joined = Mapping[Leaf, Collection[str]]
"""Conditions that another index answers -> the ids of the movies that match.

For `about:` in a search for frames, the ids of the matching documents.
"""


class MovieFacts(Protocol):
    """The properties of a movie that queries use."""

    @property
    def movie_id(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def year(self) -> int | None: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def tagger(self) -> str: ...  # noqa: D102
    @property
    def images(self) -> int:
        """The number of counted images."""

    @property
    def sources(self) -> Collection[str]:
        """The sources of its videos."""

    def ratio(self, tag: str) -> float:
        """The ratio of a tag, 0 if it does not occur."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates conditions, given the cut of a negated tag and the results of other indices."""

    cut: float
    joined: Joined

    def holds(self, node: Node, movie: MovieFacts) -> bool:
        """Whether a movie matches; ``node`` is in negation normal form."""
        match node:
            case _ if movie.images == 0 and negative(node):
                return False
            case And(parts):
                return all(self.holds(part, movie) for part in parts)
            case Or(parts):
                return any(self.holds(part, movie) for part in parts)
            case Not(Tag(tag, None)):
                return as_float32(movie.ratio(tag)) < as_float32(self.cut) or movie.ratio(tag) == 0
            case Not(leaf) if not isinstance(leaf, And | Or | Not):
                return not self._leaf(leaf, movie)
            case Not():
                raise TypeError(node)
            case _:
                return self._leaf(node, movie)

    def decisive(self, node: Node, movie: MovieFacts) -> Iterator[Node]:
        """The conditions that make a movie match, or that keep it from matching.

        Of alternatives, those that hold; of conditions that must all hold, those that do not, if any.
        """
        fits = self.holds(node, movie)
        match node:
            case And(parts):
                for part in parts:
                    if fits or not self.holds(part, movie):
                        yield from self.decisive(part, movie)
            case Or(parts):
                for part in parts:
                    if not fits or self.holds(part, movie):
                        yield from self.decisive(part, movie)
            case _:
                yield node

    def _leaf(self, leaf: Leaf, movie: MovieFacts) -> bool:  # noqa: PLR0911  # one per kind of leaf
        match leaf:
            case Tag():
                return _compares(leaf, movie.ratio(leaf.tag))
            case Text():
                return movie.movie_id in self.joined.get(leaf, ()) or in_title(leaf, movie.title)
            case About():
                return movie.movie_id in self.joined.get(leaf, ())
            case TitleWords():
                return leaf.wanted.fits(movie.title, movie.year)
            case Year(first, last) | ImageCount(first, last):
                number = movie.year if isinstance(leaf, Year) else movie.images
                return number is not None and (first or 0) <= number <= (
                    inf if last is None else last
                )
            case Field("movie", value):
                return movie.movie_id == value
            case Field("status", value):
                return movie.status == value
            case Field("source", value):
                return value in movie.sources
            case Field("tagger", value, begins):
                return movie.tagger.startswith(value) if begins else movie.tagger == value
        raise TypeError(leaf)


def as_float32(number: float) -> float:
    """The number as Elasticsearch compares it: a ``float`` field has 24 significant bits."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def in_title(phrase: Text, title: str) -> bool:
    """Whether a title has the words of a phrase side by side, however they are spelled."""
    spelled = SpelledTitle(title, None)
    return any(spelled.phrase(one, begins=phrase.begins) for one in wanted_phrase(phrase.words))


def _compares(condition: Tag, ratio: float) -> bool:
    actual, limit = as_float32(ratio), as_float32(condition.ratio)
    match condition.comparison:
        case ">=":
            return actual >= limit
        case ">":
            return actual > limit
        case "<":
            return actual < limit
        case "<=":
            return actual <= limit
        case _:
            return ratio > 0
