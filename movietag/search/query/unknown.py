"""What a query says of movies of which no image is counted: that is not known, and so neither holds nor does not. Pure."""

from __future__ import annotations

from typing import Final

from movietag.search.query.nodes import (
    And,
    ImageCount,
    Node,
    Not,
    Or,
    Tag,
    Text,
    both,
    either,
)

NOT_COUNTED: Final = ImageCount(0, 0)


def negative(node: Node) -> bool:
    """Whether a condition in negation normal form is on what images do not show, e.g. `not horror`, `horror<10%`."""
    match node:
        case Tag():
            return _holds_of_none(node)
        case Not(Tag() as tag):
            return not _holds_of_none(tag)
        case _:
            return isinstance(node, Not) and isinstance(node.part, Text)


def _holds_of_none(tag: Tag) -> bool:
    """Whether the condition holds where no image shows the tag."""
    match tag.comparison:
        case ">=":
            return tag.ratio == 0
        case "<":
            return tag.ratio > 0
        case "<=":
            return True
        case _:
            return False


def with_unknown(node: Node) -> Node:
    """The query that also matches movies without images, where only its negative conditions keep them away.

    ``node`` is in negation normal form; without negative conditions it is returned unchanged.
    """
    match node:
        case And(parts):
            unknown = [part for part in parts if negative(part)]
            known = [with_unknown(part) for part in parts if not negative(part)]
            return both(*known, either(both(*unknown), NOT_COUNTED)) if unknown else both(*known)
        case Or(parts):
            if NOT_COUNTED in parts:
                return node
            asked = [NOT_COUNTED] if any(map(negative, parts)) else []
            others = (part if negative(part) else with_unknown(part) for part in parts)
            return either(*others, *asked)
        case _:
            return either(node, NOT_COUNTED) if negative(node) else node
