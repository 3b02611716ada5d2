"""Queries in negation normal form, and what can be read off such a query. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Self

from movietag.errors import UsageError
from movietag.search.query.nodes import (
    EVERYTHING,
    About,
    And,
    Leaf,
    Node,
    Not,
    Or,
    Tag,
    Text,
    TitleWords,
    both,
    conditions,
    either,
    leaves,
)


@dataclass(frozen=True, slots=True)
class NormalQuery:
    """A query in negation normal form: every Not directly at a condition."""

    node: Node

    @classmethod
    def of(cls, query: Node) -> Self:
        """The normal form of a query."""
        return cls(to_nnf(query))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that are not negated, each once; they rank the movies."""
        tags = (leaf for leaf in self._wanted() if isinstance(leaf, Tag))
        return tuple(dict.fromkeys(tag.tag for tag in tags if tag.comparison in {None, ">=", ">"}))

    @property
    def texts(self) -> tuple[Text, ...]:
        """The `text:` conditions that are not negated; they rank the movies by text."""
        return tuple(leaf for leaf in self._wanted() if isinstance(leaf, Text))

    @property
    def titles(self) -> tuple[TitleWords, ...]:
        """The `title:` conditions that are not negated, each once."""
        titles = (leaf for leaf in self._wanted() if isinstance(leaf, TitleWords))
        return tuple(dict.fromkeys(titles))

    def with_near(self, titles: Collection[TitleWords]) -> NormalQuery:
        """The query with near titles for these conditions, where they are not negated."""
        return NormalQuery(_with_near(self.node, titles))

    @property
    def about(self) -> About | None:
        """The query's `about:`, if any.

        Raises:
            UsageError: it has two, or one in an `or` or after `not`.
        """
        abouts = [part for part in conditions(self.node) if isinstance(part, About)]
        everywhere = sum(isinstance(leaf, About) for leaf in leaves(self.node))
        if len(abouts) > 1 or len(abouts) < everywhere:
            raise UsageError("A query may have one about:, not in an `or` or after `not`.")
        return abouts[0] if abouts else None

    def without_about(self) -> NormalQuery:
        """The query without its `about:`."""
        parts = conditions(self.node)
        return NormalQuery(both(*(part for part in parts if not isinstance(part, About))))

    def without_texts(self) -> NormalQuery:
        """The query with every condition on words replaced by true: only a text index can evaluate them."""
        return NormalQuery(_without_texts(self.node))

    def _wanted(self) -> Iterator[Leaf]:
        return _positive_leaves(self.node)


def to_nnf(node: Node, *, wanted: bool = True) -> Node:
    """The query in negation normal form: by De Morgan's laws every Not moves down to a condition."""
    match node:
        case Not(part):
            return to_nnf(part, wanted=not wanted)
        case And(parts) | Or(parts):
            join = both if isinstance(node, And) == wanted else either
            return join(*(to_nnf(part, wanted=wanted) for part in parts))
        case _:
            return node if wanted else Not(node)


def _with_near(node: Node, titles: Collection[TitleWords]) -> Node:
    match node:
        case And(parts) | Or(parts):
            return type(node)(tuple(_with_near(part, titles) for part in parts))
        case TitleWords() if node in titles:
            return replace(node, near=True)
        case _:
            return node


def _without_texts(node: Node) -> Node:
    match node:
        case And(parts):
            return both(*map(_without_texts, parts))
        case Or(parts):
            rest = either(*map(_without_texts, parts))
            return EVERYTHING if EVERYTHING in getattr(rest, "parts", ()) else rest
        case Text() | TitleWords() | Not(Text() | TitleWords()):
            return EVERYTHING
        case _:
            return node


def _positive_leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _positive_leaves(part)
        case Not():
            return
        case _:
            yield node
