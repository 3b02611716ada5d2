"""A query as chips that can be turned, taken away and added to: each such change is another query. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from movietag.search.query import Node, both, render
from movietag.search.query.nodes import Not, Tag, conditions, negated

Side = Literal["with", "without", "other"]


@dataclass(frozen=True, slots=True)
class Chip:
    """One of the conditions that must all hold, and the queries that change it.

    ``side`` says whether it asks for a tag, shuts one out, or is something else. ``threshold``, in percent,
    is where the tag's ratio must reach to (0: it occurs), or stay below; None where it has no such slider.
    """

    number: int
    text: str
    side: Side
    tag: str | None
    threshold: float | None
    removed: str
    turned: str | None


def chips(query: Node, not_cut: float, *, ratios: bool = True) -> Iterator[Chip]:
    """A query's chips; without ``ratios`` (of scenes) none has a threshold."""
    for number, part in enumerate(conditions(query)):
        side, tag, threshold = _tag(part, not_cut)
        yield Chip(
            number=number,
            text=render(part),
            side=side,
            tag=tag,
            threshold=threshold if ratios else None,
            removed=replaced(query, number, None),
            turned=None if tag is None else replaced(query, number, _turned(part, tag)),
        )


def _tag(part: Node, not_cut: float) -> tuple[Side, str | None, float | None]:
    """What a condition says of a tag, if it is one that a chip can turn."""
    match part:
        case Tag(tag, None | ">=", ratio):
            return "with", tag, 100 * ratio
        case Not(Tag(tag, None)):
            return "without", tag, 100 * not_cut
        case Not(Tag(tag, ">=", ratio)):
            return "without", tag, 100 * ratio
        case _:
            return "other", None, None


def _turned(part: Node, tag: str) -> Node:
    return Tag(tag) if isinstance(part, Not) else Not(Tag(tag))


def thresholded(query: Node, number: int, threshold: int) -> str:
    """The query with another threshold of the tag of one of its chips, in percent.

    Raises:
        ValueError: there is no such chip.
    """
    parts = conditions(query)
    part = parts[number] if 0 <= number < len(parts) else None
    match part:
        case Tag(tag):
            changed: Node = Tag(tag, ">=", threshold / 100) if threshold else Tag(tag)
        case Not(Tag(tag)):
            changed = Not(Tag(tag, ">=", max(threshold, 1) / 100))
        case _:
            raise ValueError(f"The query has no tag as its condition {number}.")
    return replaced(query, number, changed)


def replaced(query: Node, number: int, by: Node | None) -> str:
    """The query with one of its conditions replaced, or taken away."""
    parts = list(conditions(query))
    parts[number : number + 1] = [] if by is None else [by]
    return render(both(*parts))


def added(query: Node, condition: Node) -> str:
    """The query with a further condition, unless it is there; its contrary is replaced."""
    parts = [part for part in conditions(query) if part != negated(condition)]
    return render(both(*parts, *(() if condition in parts else (condition,))))


def without(query: Node, condition: Node) -> str | None:
    """The query without a condition; None where it does not have it."""
    parts = conditions(query)
    if condition not in parts:
        return None
    return replaced(query, parts.index(condition), None)
