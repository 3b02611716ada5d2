"""Facets: how many of the matching movies have each tag, decade, source, status and tagger."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from movietag.documents import MOVIES, Json
from movietag.search.near import forgiving
from movietag.search.query import Node
from movietag.search.query.nodes import exact_percent, quoted
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.selecting import (
    FACET_KINDS,
    FacetKind,
    selection,
    without_selection,
)
from movietag.search.reader import Reader
from movietag.search.results import QueryReading
from movietag.vocabulary import field_name

MOST_TAGS: Final = 50
EDGES: Final = (0.01, 0.1, 0.2, 0.3, 0.5, 0.75)
"""Lower bounds of the ratio buckets; the cut is one of them."""
_AGGREGATIONS: Final[dict[FacetKind, Json]] = {
    "tags": {"terms": {"field": "tag_names", "size": MOST_TAGS}},
    "decades": {"histogram": {"field": "year", "interval": 10, "min_doc_count": 1}},
    "sources": {"terms": {"field": "videos.source", "size": 20}},
    "statuses": {"terms": {"field": "status", "size": 20}},
    "taggers": {"terms": {"field": "tagger", "size": 20}},
}


class Facet(msgspec.Struct, frozen=True):
    """A value, the number of movies with it, and the query condition that selects it."""

    value: str
    count: int
    condition: str


class Facets(msgspec.Struct, frozen=True):
    """The facets of ``total`` movies; ``ratios`` has the query's tags, if the vocabulary has fields per tag.

    A facet of which the query selects values (one decade, any of several tags) is counted without that condition.
    ``read`` as in ``Movies``.
    """

    total: int
    tags: tuple[Facet, ...]
    decades: tuple[Facet, ...]
    sources: tuple[Facet, ...]
    statuses: tuple[Facet, ...]
    taggers: tuple[Facet, ...]
    ratios: dict[str, tuple[Facet, ...]]
    read: QueryReading | msgspec.UnsetType = msgspec.UNSET


async def facets(reader: Reader, query: Node) -> Facets:
    """The facets of the matching movies.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
        UsageError: see ``Reader.prepare``.
    """
    found = await forgiving(
        reader.indices, query, lambda where: _facets_of(reader, where), lambda made: made.total
    )
    return found.answer


async def _facets_of(reader: Reader, query: Node) -> Facets:
    prepared = await reader.prepare(NormalQuery.of(query), "movies")
    tags = () if reader.flat else prepared.query.tags
    selected = [kind for kind in FACET_KINDS if selection(query, kind)]
    answer, *alone = await asyncio.gather(
        reader.indices.search(MOVIES, _body(prepared.clause, tags)),
        *(_alone(reader, query, kind) for kind in selected),
    )
    aggregations = answer["aggregations"] | dict(zip(selected, alone, strict=True))
    return Facets(
        total=answer["hits"]["total"]["value"],
        tags=_facets(aggregations["tags"], ""),
        decades=_decades(aggregations["decades"]["buckets"]),
        sources=_facets(aggregations["sources"], "source:"),
        statuses=_facets(aggregations["statuses"], "status:"),
        taggers=_facets(aggregations["taggers"], "tagger:"),
        ratios={tag: _ratios(tag, aggregations[f"ratio {tag}"]["buckets"]) for tag in tags},
    )


async def _alone(reader: Reader, query: Node, kind: FacetKind) -> Any:
    """The counts of a facet of which the query selects values, as if it selected none: of what more would give."""
    rest = await reader.prepare(NormalQuery.of(without_selection(query, kind)), "movies")
    body = {"query": rest.clause, "size": 0, "track_total_hits": False}
    answer = await reader.indices.search(MOVIES, {**body, "aggs": {kind: _AGGREGATIONS[kind]}})
    return answer["aggregations"][kind]


def _body(clause: Json, tags: Sequence[str]) -> Json:
    ends = [*EDGES, None]
    ranges = [
        {"from": low} if high is None else {"from": low, "to": high}
        for low, high in zip(EDGES, ends[1:], strict=True)
    ]
    ratios = {
        f"ratio {tag}": {"range": {"field": f"tags.{field_name(tag)}.ratio", "ranges": ranges}}
        for tag in tags
    }
    return {
        "query": clause,
        "size": 0,
        "track_total_hits": True,
        "aggs": {**_AGGREGATIONS, **ratios},
    }


def _facets(aggregations: Mapping[str, Any], prefix: str) -> tuple[Facet, ...]:
    return tuple(
        Facet(one["key"], one["doc_count"], prefix + quoted(one["key"]))
        for one in aggregations["buckets"]
    )


def _decades(buckets: Sequence[Mapping[str, Any]]) -> tuple[Facet, ...]:
    decades = []
    for bucket in buckets:
        first = int(bucket["key"])
        years = f"{first}..{first + 9}"
        decades.append(Facet(years, bucket["doc_count"], f"year:{years}"))
    return tuple(decades)


def _ratios(tag: str, buckets: Sequence[Mapping[str, Any]]) -> tuple[Facet, ...]:
    """One facet per bucket, from its edge (included) to the next (excluded)."""
    ratios = []
    for low, high, bucket in zip(EDGES, [*EDGES[1:], None], buckets, strict=True):
        condition = f"{quoted(tag)}>={exact_percent(low)}"
        value = f"from {exact_percent(low)}"
        if high is not None:
            condition += f" and {quoted(tag)}<{exact_percent(high)}"
            value = f"{exact_percent(low)} to {exact_percent(high)}"
        ratios.append(Facet(value, bucket["doc_count"], condition))
    return tuple(ratios)
