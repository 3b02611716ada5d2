"""What a query means for one movie: whether it fits, and the conditions that decide it.

`not horror` does not say that no image shows horror, as a captioner errs now and then: it says that the
ratio lies below a cut. So a bare tag means one thing where it is wanted (it occurs) and another where it
is not, and every Not is first moved down to the conditions, by De Morgan's laws.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from movietag.errors import UsageError
from movietag.search.query.nodes import (
    EVERYTHING,
    About,
    And,
    Field,
    Leaf,
    Node,
    Not,
    Or,
    Tag,
    Text,
    TitleWords,
    Year,
    both,
    conditions,
    either,
    leaves,
)
from movietag.vocabulary import words

Joined = Mapping[Leaf, Collection[str]]
"""For conditions that another index answers: the ids of the movies of which they hold.

Of `about:` in a search for frames, the ids of the documents.
"""


class MovieFacts(Protocol):
    """What is known of a movie."""

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
    def sources(self) -> Collection[str]:
        """Where its videos come from."""

    def ratio(self, tag: str) -> float:
        """The ratio of a tag, 0 where it does not occur."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How conditions are taken: the cut of an unwanted tag, and what other indices know."""

    cut: float
    joined: Joined

    def holds(self, node: Node, movie: MovieFacts) -> bool:
        """Whether a movie fits; ``node`` is ``pushed``."""
        match node:
            case And(parts):
                return all(self.holds(part, movie) for part in parts)
            case Or(parts):
                return any(self.holds(part, movie) for part in parts)
            case Not(Tag(tag, None)):
                return single(movie.ratio(tag)) < single(self.cut) or movie.ratio(tag) == 0
            case Not(part):
                return not self.holds(part, movie)
            case _:
                return self._leaf(node, movie)

    def decisive(self, node: Node, movie: MovieFacts) -> Iterator[Node]:
        """The conditions for which a movie fits, or for want of which it does not.

        Of alternatives those that hold; of conditions that must all hold those that do not, if any.
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

    def _leaf(self, leaf: Leaf, movie: MovieFacts) -> bool:  # noqa: PLR0911  # one a kind of leaf
        match leaf:
            case Tag():
                return _compares(leaf, movie.ratio(leaf.tag))
            case Text():
                return movie.movie_id in self.joined.get(leaf, ()) or has_phrase(movie.title, leaf)
            case About():
                return movie.movie_id in self.joined.get(leaf, ())
            case TitleWords(text):
                there = words(movie.title)
                return all(any(word.startswith(part) for word in there) for part in words(text))
            case Year(first, last):
                year = movie.year
                return year is not None and (first or 0) <= year <= (9999 if last is None else last)
            case Field("movie", value):
                return movie.movie_id == value
            case Field("status", value):
                return movie.status == value
            case Field("source", value):
                return value in movie.sources
            case Field("tagger", value, begins):
                return movie.tagger.startswith(value) if begins else movie.tagger == value
        raise TypeError(leaf)


def pushed(node: Node, *, wanted: bool = True) -> Node:
    """The same query with every Not at a condition."""
    match node:
        case Not(part):
            return pushed(part, wanted=not wanted)
        case And(parts) | Or(parts):
            join = both if isinstance(node, And) == wanted else either
            return join(*(pushed(part, wanted=wanted) for part in parts))
        case _:
            return node if wanted else Not(node)


def without_texts(node: Node) -> Node:
    """A pushed query with every condition on words taken to hold: only a text index can tell."""
    match node:
        case And(parts):
            return And(tuple(map(without_texts, parts)))
        case Or(parts):
            return Or(tuple(map(without_texts, parts)))
        case Text() | TitleWords() | Not(Text() | TitleWords()):
            return EVERYTHING
        case _:
            return node


def asked_about(node: Node) -> About | None:
    """What a pushed query asks for by its meaning.

    Raises:
        UsageError: two things, or in alternatives.
    """
    found = [part for part in conditions(node) if isinstance(part, About)]
    if len(found) > 1 or len(found) < sum(isinstance(leaf, About) for leaf in leaves(node)):
        raise UsageError(
            "A query has one about:, beside the rest and not in an `or` or after `not`."
        )
    return found[0] if found else None


def without_about(node: Node) -> Node:
    """A pushed query without its `about:`."""
    return both(*(part for part in conditions(node) if not isinstance(part, About)))


def wanted_tags(node: Node) -> tuple[str, ...]:
    """The tags that a pushed query asks for, each once: by them its movies are ranked."""
    asked = (leaf for leaf in wanted_leaves(node) if isinstance(leaf, Tag))
    return tuple(dict.fromkeys(tag.tag for tag in asked if tag.comparison in {None, ">=", ">"}))


def wanted_leaves(node: Node) -> Iterator[Leaf]:
    """The conditions of a pushed query that are not negated."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from wanted_leaves(part)
        case Not():
            return
        case _:
            yield node


def single(number: float) -> float:
    """The number as Elasticsearch compares it: a ``float`` field has 24 bits."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def has_phrase(text: str, asked: Text) -> bool:
    """Whether the asked words stand side by side in a text."""
    there, wanted = words(text), words(asked.words)
    for at in range(len(there) - len(wanted) + 1):
        found = there[at : at + len(wanted)]
        if found == wanted or (
            asked.begins and found[:-1] == wanted[:-1] and found[-1].startswith(wanted[-1])
        ):
            return True
    return False


def _compares(asked: Tag, ratio: float) -> bool:
    there, limit = single(ratio), single(asked.ratio)
    match asked.comparison:
        case ">=":
            return there >= limit
        case ">":
            return there > limit
        case "<":
            return there < limit
        case "<=":
            return there <= limit
        case _:
            return ratio > 0
