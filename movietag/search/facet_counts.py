"""Counts the values of facets among what matches a query; a facet of which it selects values as if it did not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from movietag.documents import FRAMES, MOVIES, Json
from movietag.search.query import Node
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import quoted
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.selecting import FacetKind, selection, without_selection
from movietag.search.reader import Reader

MOST_TAGS: Final = 50
MOST_VALUES: Final = 20  # of other facets
DECADES: Final[Json] = {"histogram": {"field": "year", "interval": 10, "min_doc_count": 1}}


class Facet(msgspec.Struct, frozen=True):
    """A value, the number of movies (frames) with it, and the query condition that selects it."""

    value: str
    count: int
    condition: str


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The number of matches, and the server's answer to each aggregation."""

    total: int
    aggregations: Mapping[str, Any]


def values_of(field: str, most: int = MOST_VALUES) -> Json:
    """The aggregation of a field's most frequent values."""
    return {"terms": {"field": field, "size": most}}


async def facet_counts(
    reader: Reader,
    query: Node,
    kind: Kind,
    facets: Mapping[FacetKind, Json],
    more: Mapping[str, Json],
) -> FacetCounts:
    """Count among movies or frames.

    Args:
        reader: where to count.
        query: of what is counted.
        kind: movies or frames.
        facets: the aggregation of each facet: counted without the condition that selects values of it.
        more: further aggregations.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
        UsageError: see ``Reader.prepare``.
    """
    every: dict[str, Json] = dict(more)
    every.update((name, one) for name, one in facets.items())
    selected = [name for name in facets if selection(query, name)]
    answer, *alone = await asyncio.gather(
        _counted(reader, query, kind, every, total=True),
        *(
            _counted(reader, without_selection(query, name), kind, {name: facets[name]})
            for name in selected
        ),
    )
    aggregations: dict[str, Any] = dict(answer["aggregations"])
    for other in alone:
        aggregations |= other["aggregations"]
    return FacetCounts(answer["hits"]["total"]["value"], aggregations)


async def _counted(
    reader: Reader,
    query: Node,
    kind: Kind,
    aggregations: Mapping[str, Json],
    *,
    total: bool = False,
) -> Any:
    prepared = await reader.prepare(NormalQuery.of(query), kind)
    body = {
        "query": prepared.clause,
        "size": 0,
        "track_total_hits": total,
        "aggs": dict(aggregations),
    }
    return await reader.indices.search(MOVIES if kind == "movies" else FRAMES, body)


def value_facets(aggregation: Mapping[str, Any], prefix: str) -> tuple[Facet, ...]:
    """The facets of a field's values; ``prefix``: of their conditions, e.g. `source:`."""
    return tuple(
        Facet(one["key"], one["doc_count"], prefix + quoted(one["key"]))
        for one in aggregation["buckets"]
    )


def decade_facets(aggregation: Mapping[str, Any]) -> tuple[Facet, ...]:
    """The facets of ``DECADES``."""
    buckets: Sequence[Mapping[str, Any]] = aggregation["buckets"]
    decades = []
    for bucket in buckets:
        first = int(bucket["key"])
        years = f"{first}..{first + 9}"
        decades.append(Facet(years, bucket["doc_count"], f"year:{years}"))
    return tuple(decades)
