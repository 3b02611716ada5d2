"""Facets as choices: each value with the queries that ask for it, shut it out, or drop it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from movietag.search.facets import Facet, Facets
from movietag.search.query import Node
from movietag.search.query.nodes import negated
from movietag.search.reader import Reader
from movietag.web.pages.editing import added, without


@dataclass(frozen=True, slots=True)
class Choice:
    """A facet's value, with the queries that ask for it, shut it out, or ask for it no longer."""

    facet: Facet
    wanted: str
    unwanted: str
    dropped: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one kind."""

    name: str
    choices: tuple[Choice, ...]
    excludes: bool  # whether a value can be shut out


MOST_KNOWN: Final = 2000  # conditions that are not parsed again: a page has up to a hundred


def groups(reader: Reader, query: Node, counted: Facets) -> Iterator[Group]:
    """The facets of a query as choices; those that no movie has are left out."""
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
    left = (without(query, condition), without(query, unwanted))
    dropped = next((one for one in left if one is not None), None)
    return Choice(facet, added(query, condition), added(query, unwanted), dropped)


@lru_cache(MOST_KNOWN)
def _condition(reader: Reader, text: str) -> Node:
    return reader.parse(text)
