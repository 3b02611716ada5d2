"""Editing a query: as chips whose changes are new queries, and the word being typed at its end. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from movietag.search.query import Node, both, render
from movietag.search.query.nodes import WORD, Not, Tag, conditions, negated

Side = Literal["with", "without", "other"]
_LAST: Final = re.compile(rf"(?P<word>{WORD})\Z")
_QUOTED: Final = re.compile(r"\"(?P<word>(?:\\.|[^\"\\])*)\Z", re.DOTALL)
_BEFORE_LAST: Final = re.compile(rf"(?P<word>{WORD})\s+\Z")
MOST_TYPED: Final = 5
_JOINING: Final = frozenset({"and", "or", "not"})
_AFTER_VALUE: Final = (":", ">", "<", "=")


@dataclass(frozen=True, slots=True)
class Chip:
    """One top-level condition of a query, and the queries that result from editing it.

    ``side``: the condition wants a tag, excludes one, or is something else. ``threshold`` (percent): the ratio that
    the tag must reach (0: it occurs) or stay below; None: the chip has no slider. ``removed`` and ``turned`` are the
    queries without the condition, and with it negated.

    """

    number: int
    text: str
    side: Side
    tag: str | None
    threshold: float | None
    removed: str
    turned: str | None


def chips(query: Node, not_cut: float, *, ratios: bool = True) -> Iterator[Chip]:
    """A query's chips; without ``ratios`` (for scenes) they have no thresholds."""
    for number, part in enumerate(conditions(query)):
        side, tag, threshold = _tag(part, not_cut)
        yield Chip(
            number=number,
            text=render(part),
            side=side,
            tag=tag,
            threshold=threshold if ratios else None,
            removed=with_replaced(query, number, None),
            turned=None if tag is None else with_replaced(query, number, _turned(part, tag)),
        )


def _tag(part: Node, not_cut: float) -> tuple[Side, str | None, float | None]:
    """The side, tag and threshold of a condition, if a chip can negate it."""
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


def with_threshold(query: Node, number: int, threshold: int) -> str:
    """The query with a new threshold (percent) for the tag of one of its chips.

    Raises:
        ValueError: the chip does not exist, or has no tag.
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
    return with_replaced(query, number, changed)


def with_replaced(query: Node, number: int, by: Node | None) -> str:
    """The query with one of its conditions replaced, or removed if ``by`` is None."""
    parts = list(conditions(query))
    parts[number : number + 1] = [] if by is None else [by]
    return render(both(*parts))


def with_condition(query: Node, condition: Node) -> str:
    """The query with a condition added, unless it has it; the condition's negation is removed."""
    parts = [part for part in conditions(query) if part != negated(condition)]
    return render(both(*parts, *(() if condition in parts else (condition,))))


def without_condition(query: Node, condition: Node) -> str | None:
    """The query without a condition; None if it does not have it."""
    parts = conditions(query)
    if condition not in parts:
        return None
    return with_replaced(query, parts.index(condition), None)


@dataclass(frozen=True, slots=True)
class Typing:
    """The word at the end of a query, and the text before it."""

    before: str
    word: str

    def picked(self, condition: str) -> str:
        """The query with a condition in place of the word, and a space for the next one."""
        return f"{self.before}{condition} "


def typing(query: str) -> Typing | None:
    """The word being typed at the end of a query; None if it cannot name a tag or title."""
    match = _QUOTED.search(query) if _open_quote(query) else _LAST.search(query)
    if match is None or match["word"].casefold() in _JOINING:
        return None
    before = query[: match.start()]
    if before.rstrip().endswith(_AFTER_VALUE):
        return None
    return Typing(before, match["word"])


def typings(query: str) -> Iterator[Typing]:
    """The words being typed at the end of a query, as one text: up to ``MOST_TYPED`` of them, then fewer, to the last."""
    last = typing(query)
    found = [] if last is None else [last]
    while found and not _open_quote(query) and len(found) < MOST_TYPED:
        word = _BEFORE_LAST.search(found[-1].before)
        if word is None or word["word"].casefold() in _JOINING:
            break
        before = found[-1].before[: word.start()]
        if before.rstrip().endswith(_AFTER_VALUE):
            break
        found.append(Typing(before, word[0] + found[-1].word))
    yield from reversed(found)


def _open_quote(query: str) -> bool:
    """Whether a double quote is open at the end."""
    return re.sub(r"\\.", "", query).count('"') % 2 == 1
