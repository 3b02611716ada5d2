"""The syntax tree of a query, and rendering it as a query. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from movietag.rules.spelling import WantedTitle, near_title, wanted_title
from movietag.search.query.characters import straighten

Comparison = Literal[">=", ">", "<", "<="]
FieldName = Literal["source", "status", "tagger", "movie", "quality"]

WORD: Final = r"""[^\s()"'<>=:!&|,;{}\[\]^~\\-][^\s()"<>=:!&|,;{}\[\]^~\\]*"""
"""A word that needs no quotes."""
_BARE = re.compile(rf"(?!(?:and|or|not)$)(?!.*\*){WORD}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of the vocabulary occurs, or its ratio compares with ``ratio``."""

    tag: str
    comparison: Comparison | None = None
    ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """A phrase in a caption or the title; with ``begins`` the last word is a prefix."""

    words: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """A caption is about this, in free words; must be one of the top-level conditions."""

    words: str


@dataclass(frozen=True, slots=True)
class TitleWords:
    """Words of the title, or their beginnings, in any order, however they are spelled.

    ``near``: no title fits, so near ones do; see ``movietag.search.near``. A query as typed never has it.
    """

    words: str
    near: bool = False

    @property
    def wanted(self) -> WantedTitle:
        """What it wants of a title."""
        return near_title(self.words) if self.near else wanted_title(self.words)


@dataclass(frozen=True, slots=True)
class Year:
    """A range of years, both ends included; None: open."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class ImageCount:
    """A range of numbers of counted images, both ends included; None: open."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field equals a value; with ``begins`` the value is a prefix."""

    name: FieldName
    value: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; without parts, everything."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of the part."""

    part: Node


Leaf = Tag | Text | About | TitleWords | Year | ImageCount | Field
Node = Leaf | And | Or | Not
EVERYTHING: Final = And(())


def both(*parts: Node) -> Node:
    """All of the parts; flattens nested Ands."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(*parts: Node) -> Node:
    """At least one of the parts; flattens nested Ors."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negated(part: Node) -> Node:
    """The negation; of a Not, its part."""
    return part.part if isinstance(part, Not) else Not(part)


def conditions(node: Node) -> tuple[Node, ...]:
    """The conditions of a query that must all hold."""
    return node.parts if isinstance(node, And) else (node,)


def leaves(node: Node) -> Iterator[Leaf]:
    """Every condition of a query, in order."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def depth(node: Node) -> int:
    """The nesting depth of the conditions."""
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(depth, parts), default=0)
        case Not(part):
            return 1 + depth(part)
        case _:
            return 0


def render(node: Node) -> str:
    """The node as a query; ``parse`` returns the same node for it."""
    match node:
        case And(parts):
            return " and ".join(_inner(part, Or) for part in parts)
        case Or(parts):
            return " or ".join(render(part) for part in parts)
        case Not(part):
            return f"not {_inner(part, And, Or)}"
        case _:
            return _leaf(node)


def _inner(node: Node, *loose: type[And | Or]) -> str:
    """A part, in parentheses where precedence requires them."""
    return f"({render(node)})" if isinstance(node, loose) else render(node)


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case Tag(tag, comparison, ratio):
            return quoted(tag) + (f"{comparison}{exact_percent(ratio)}" if comparison else "")
        case Text(words, begins):
            return f"text:{quoted(words)}{'*' if begins else ''}"
        case About(words):
            return f"about:{quoted(words)}"
        case TitleWords(words):
            return f"title:{quoted(words)}"
        case Year(first, last) | ImageCount(first, last):
            name = "year" if isinstance(leaf, Year) else "images"
            digits = 4 if isinstance(leaf, Year) else 1
            ends = ["" if end is None else f"{end:0{digits}}" for end in (first, last)]
            return f"{name}:{ends[0] if first == last else '..'.join(ends)}"
        case Field(name, value, begins):
            return f"{name}:{quoted(value)}{'*' if begins else ''}"


def quoted(text: str) -> str:
    """A text as written in a query: in quotes if it needs them."""
    if _BARE.fullmatch(text) and (text.isascii() or straighten(text).text == text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def exact_percent(ratio: float) -> str:
    """A ratio as an exact percentage: 0.3 gives `30%`."""
    number = Decimal(repr(ratio)) * 100
    return f"{number.normalize():f}%"
