"""Facets as choices: each value with the queries that require it, exclude it, or drop it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from movietag.search.facet_counts import Facet
from movietag.search.facets import Facets
from movietag.search.query import Node, render
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import negated
from movietag.search.query.selecting import (
    FacetKind,
    any_tag,
    every_tag,
    with_value,
    without_value,
)
from movietag.search.reader import Reader
from movietag.search.scene_facets import SceneFacets
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
    any_of: str | None = None  # the query with any of the selected values instead of all
    all_of: str | None = None  # with all of them instead of any


Values = tuple[str, FacetKind | None, tuple[Facet, ...]]
"""The name of a group, the facet whose values a query may select, and the values."""
MOST_KNOWN: Final = 2000  # parsed conditions cached: a page has up to a hundred


def groups(reader: Reader, query: Node, counted: Facets) -> Iterator[Group]:
    """The facets of a query for movies as choices, without those that no movie has."""
    kinds: list[Values] = [
        ("Tags", "tags", counted.tags),
        *((f"Ratio of {tag}", None, values) for tag, values in counted.ratios.items()),
        ("Decades", "decades", counted.decades[::-1]),
        ("Status", "statuses", counted.statuses),
        ("Sources", "sources", counted.sources),
        ("Taggers", "taggers", counted.taggers),
    ]
    yield from _groups(reader, query, "movies", kinds)


def scene_groups(reader: Reader, query: Node, counted: SceneFacets) -> Iterator[Group]:
    """The facets of a query for scenes as choices, without those that no frame has."""
    kinds: list[Values] = [
        ("Tags", "tags", counted.tags),
        ("Movies", "movies", counted.movies),
        ("Decades", "decades", counted.decades[::-1]),
        ("Marks of captions", "qualities", counted.qualities),
        ("Taggers", "taggers", counted.taggers),
    ]
    yield from _groups(reader, query, "frames", kinds)


def _groups(reader: Reader, query: Node, of: Kind, kinds: Sequence[Values]) -> Iterator[Group]:
    for name, kind, values in kinds:
        choices = tuple(_choice(reader, query, of, kind, facet) for facet in values if facet.count)
        if not choices:
            continue
        excludes = kind not in {None, "decades"}
        if kind == "tags":
            switched = (any_tag(query), every_tag(query))
            yield Group(
                name, choices, excludes, *(None if one is None else render(one) for one in switched)
            )
        else:
            yield Group(name, choices, excludes)


def _choice(reader: Reader, query: Node, of: Kind, kind: FacetKind | None, facet: Facet) -> Choice:
    condition = _condition(reader, facet.condition, of)
    unwanted = negated(condition)
    if kind is None:
        wanted, without = with_condition(query, condition), without_condition(query, condition)
    else:
        wanted = render(with_value(query, kind, condition))
        less = without_value(query, kind, condition)
        without = None if less is None else render(less)
    left = (without, without_condition(query, unwanted))
    dropped = next((one for one in left if one is not None), None)
    rest = query if kind is None else without_value(query, kind, condition) or query
    return Choice(facet, wanted, with_condition(rest, unwanted), dropped)


@lru_cache(MOST_KNOWN)
def _condition(reader: Reader, text: str, of: Kind) -> Node:
    return reader.parse(text, of)
