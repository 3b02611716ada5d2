"""What a query says, as a tree; and the tree as a query again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Comparison = Literal[">=", ">", "<", "<="]
FieldName = Literal["source", "status", "tagger", "movie"]

WORD: Final = r"""[^\s()"'<>=:!&|,;{}\[\]^~\\-][^\s()"<>=:!&|,;{}\[\]^~\\]*"""
"""A word that needs no quotes."""
_BARE = re.compile(rf"(?!(?:and|or|not)$)(?!.*\*){WORD}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of the vocabulary: that it occurs, or how its ratio compares with ``ratio``."""

    tag: str
    comparison: Comparison | None = None
    ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """Words that stand side by side in a caption or the title; with ``begins`` the last may go on."""

    words: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a caption is about, in words of the asker's own: one of the conditions that must all hold."""

    words: str


@dataclass(frozen=True, slots=True)
class TitleWords:
    """Words of the title, or their beginnings, in any order."""

    words: str


@dataclass(frozen=True, slots=True)
class Year:
    """From the first to the last year, both included; None is open."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field that holds a value; with ``begins`` a value that begins so."""

    name: FieldName
    value: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; none at all is everything."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the parts at least."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What the part says is not so."""

    part: Node


Leaf = Tag | Text | About | TitleWords | Year | Field
Node = Leaf | And | Or | Not
EVERYTHING: Final = And(())


def both(*parts: Node) -> Node:
    """All of the parts, without an And in an And."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(*parts: Node) -> Node:
    """One of the parts, without an Or in an Or."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negated(part: Node) -> Node:
    """The contrary; of the contrary, the part itself."""
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
    """How deep conditions are nested."""
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(depth, parts), default=0)
        case Not(part):
            return 1 + depth(part)
        case _:
            return 0


def render(node: Node) -> str:
    """The query that says this; ``parse`` gives the same node for it."""
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
    """A part, in parentheses where it would else fall apart."""
    return f"({render(node)})" if isinstance(node, loose) else render(node)


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case Tag(tag, comparison, ratio):
            return quoted(tag) + (f"{comparison}{percent(ratio)}" if comparison else "")
        case Text(words, begins):
            return f"text:{quoted(words)}{'*' if begins else ''}"
        case About(words):
            return f"about:{quoted(words)}"
        case TitleWords(words):
            return f"title:{quoted(words)}"
        case Year(first, last):
            ends = ("" if end is None else str(end) for end in (first, last))
            return f"year:{first}" if first == last else f"year:{'..'.join(ends)}"
        case Field(name, value, begins):
            return f"{name}:{quoted(value)}{'*' if begins else ''}"


def quoted(text: str) -> str:
    """A text as it stands in a query: in quotes where it needs them."""
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def percent(ratio: float) -> str:
    """A ratio as an exact percentage: 0.3 gives `30%`."""
    number = Decimal(repr(ratio)) * 100
    return f"{number.normalize():f}%"
