"""Facets as choices: each value with the queries that require it, exclude it, or drop it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from movietag.search.facets import Facet, Facets
from movietag.search.query import Node
from movietag.search.query.nodes import negated
from movietag.search.reader import Reader
from movietag.web.pages.editing import with_condition, without_condition


@dataclass(frozen=True, slots=True)
class Choice:
    """A facet's value, with the queries that require it, exclude it, or no longer mention it."""

    facet: Facet
    wanted: str
    unwanted: str
    dropped: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one facet."""

    name: str
    choices: tuple[Choice, ...]
    excludes: bool  # whether a value can be excluded


MOST_KNOWN: Final = 2000  # parsed conditions cached: a page has up to a hundred


def groups(reader: Reader, query: Node, counted: Facets) -> Iterator[Group]:
    """The facets of a query as choices, without those that no movie has."""
    kinds: list[tuple[str, tuple[Facet, ...], bool]] = [
        ("Tags", counted.tags, True),
        *((f"Ratio of {tag}", values, False) for tag, values in counted.ratios.items()),
        ("Decades", counted.decades[::-1], False),
        ("Status", counted.statuses, True),
        ("Sources", counted.sources, True),
        ("Taggers", counted.taggers, True),
    ]
    for name, values, excludes in kinds:
        choices = tuple(_choice(reader, query, facet) for facet in values if facet.count)
        if choices:
            yield Group(name, choices, excludes)


def _choice(reader: Reader, query: Node, facet: Facet) -> Choice:
    condition = _condition(reader, facet.condition)
    unwanted = negated(condition)
    left = (without_condition(query, condition), without_condition(query, unwanted))
    dropped = next((one for one in left if one is not None), None)
    return Choice(facet, with_condition(query, condition), with_condition(query, unwanted), dropped)


@lru_cache(MOST_KNOWN)
def _condition(reader: Reader, text: str) -> Node:
    return reader.parse(text)
