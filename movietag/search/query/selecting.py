"""The values of a facet that a query selects, any of which a movie may have: `year:1980..1989 or year:1990..1999`. Pure."""

from __future__ import annotations

from typing import Final, Literal, get_args

from movietag.search.query.nodes import (
    Field,
    FieldName,
    Node,
    Or,
    Tag,
    Year,
    both,
    conditions,
    either,
    negated,
)

FacetKind = Literal["tags", "decades", "sources", "statuses", "taggers", "movies", "qualities"]
FACET_KINDS: Final[tuple[FacetKind, ...]] = get_args(FacetKind)
_FIELDS: Final[dict[FacetKind, FieldName]] = {
    "sources": "source",
    "statuses": "status",
    "taggers": "tagger",
    "movies": "movie",
    "qualities": "quality",
}
_DECADE: Final = 10


def selection(query: Node, kind: FacetKind) -> Node | None:
    """The query's one condition that selects values of a facet: one, or any of several; None if it has none.

    A single tag selects nothing: further tags are required with it, unless any of several is.
    """
    found = [part for part in conditions(query) if _selects(part, kind)]
    return found[0] if len(found) == 1 else None


def without_selection(query: Node, kind: FacetKind) -> Node:
    """The query without the condition that selects values of a facet."""
    selected = selection(query, kind)
    return both(*(part for part in conditions(query) if part != selected))


def with_value(query: Node, kind: FacetKind, value: Node) -> Node:
    """The query with a value of a facet selected, too; its negation is removed.

    A tag is required, too, unless any of several selected ones is enough.
    """
    parts = [part for part in conditions(query) if part != negated(value)]
    selected = selection(query, kind)
    if selected is None:
        return both(*parts, *(() if value in parts else (value,)))
    values = _values(selected)
    more = either(*values, *(() if value in values else (value,)))
    return both(*(more if part == selected else part for part in parts))


def without_value(query: Node, kind: FacetKind, value: Node) -> Node | None:
    """The query without a condition on a value, selected or not; None if it has none."""
    parts = conditions(query)
    if value in parts:
        return both(*(part for part in parts if part != value))
    selected = selection(query, kind)
    if selected is None or value not in _values(selected):
        return None
    rest = either(*(one for one in _values(selected) if one != value))
    return both(*(rest if part == selected else part for part in parts))


def any_tag(query: Node) -> Node | None:
    """The query with any of its required tags instead of all; None if it requires fewer than two."""
    tags = _required_tags(query)
    if len(tags) < 2 or selection(query, "tags"):
        return None
    rest = [part for part in conditions(query) if part not in tags]
    return both(either(*tags), *rest)


def every_tag(query: Node) -> Node | None:
    """The query with all of the tags of which it requires any; None if it has no such condition."""
    selected = selection(query, "tags")
    if selected is None:
        return None
    return both(*_values(selected), *(part for part in conditions(query) if part != selected))


def _required_tags(query: Node) -> tuple[Node, ...]:
    return tuple(part for part in conditions(query) if _is_value(part, "tags"))


def _selects(part: Node, kind: FacetKind) -> bool:
    if isinstance(part, Or):
        return all(_is_value(one, kind) for one in part.parts)
    return kind != "tags" and _is_value(part, kind)


def _values(selected: Node) -> tuple[Node, ...]:
    return selected.parts if isinstance(selected, Or) else (selected,)


def _is_value(node: Node, kind: FacetKind) -> bool:
    match node:
        case Tag(_, comparison):
            return kind == "tags" and comparison in {None, ">="}
        case Year(int(first), int(last)):
            return kind == "decades" and first % _DECADE == 0 and last == first + _DECADE - 1
        case Field(name, _, begins):
            return _FIELDS.get(kind) == name and not begins
        case _:
            return False
