"""Queries in negation normal form (every Not directly at a condition), and what can be read off such a query. Pure."""

from __future__ import annotations

from collections.abc import Iterator

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


def without_texts(node: Node) -> Node:
    """The query with every condition on words replaced by true: only a text index can evaluate them."""
    match node:
        case And(parts):
            return And(tuple(map(without_texts, parts)))
        case Or(parts):
            return Or(tuple(map(without_texts, parts)))
        case Text() | TitleWords() | Not(Text() | TitleWords()):
            return EVERYTHING
        case _:
            return node


def about_of(node: Node) -> About | None:
    """The query's `about:`, if any.

    Raises:
        UsageError: it has two, or one in an `or` or after `not`.
    """
    abouts = [part for part in conditions(node) if isinstance(part, About)]
    if len(abouts) > 1 or len(abouts) < sum(isinstance(leaf, About) for leaf in leaves(node)):
        raise UsageError("A query may have one about:, not in an `or` or after `not`.")
    return abouts[0] if abouts else None


def without_about(node: Node) -> Node:
    """The query without its `about:`."""
    return both(*(part for part in conditions(node) if not isinstance(part, About)))


def positive_tags(node: Node) -> tuple[str, ...]:
    """The tags that are not negated, each once; they rank the movies."""
    tags = (leaf for leaf in positive_leaves(node) if isinstance(leaf, Tag))
    return tuple(dict.fromkeys(tag.tag for tag in tags if tag.comparison in {None, ">=", ">"}))


def positive_leaves(node: Node) -> Iterator[Leaf]:
    """The conditions that are not negated."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from positive_leaves(part)
        case Not():
            return
        case _:
            yield node
