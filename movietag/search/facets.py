"""Facets of movies: how many of the matching ones have each tag, decade, source, status and tagger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from movietag.documents import Json
from movietag.search.facet_counts import (
    DECADES,
    MOST_TAGS,
    Facet,
    decade_facets,
    facet_counts,
    value_facets,
    values_of,
)
from movietag.search.near import forgiving
from movietag.search.query import Node
from movietag.search.query.nodes import exact_percent, quoted
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.selecting import FacetKind
from movietag.search.reader import Reader
from movietag.search.results import QueryReading
from movietag.vocabulary import field_name

EDGES: Final = (0.01, 0.1, 0.2, 0.3, 0.5, 0.75)
"""Lower bounds of the ratio buckets; the cut is one of them."""
_AGGREGATIONS: Final[dict[FacetKind, Json]] = {
    "tags": values_of("tag_names", MOST_TAGS),
    "decades": DECADES,
    "sources": values_of("videos.source"),
    "statuses": values_of("status"),
    "taggers": values_of("tagger"),
}


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
    tags = () if reader.flat else NormalQuery.of(query).tags
    counts = await facet_counts(reader, query, "movies", _AGGREGATIONS, _ratio_buckets(tags))
    found = counts.aggregations
    return Facets(
        total=counts.total,
        tags=value_facets(found["tags"], ""),
        decades=decade_facets(found["decades"]),
        sources=value_facets(found["sources"], "source:"),
        statuses=value_facets(found["statuses"], "status:"),
        taggers=value_facets(found["taggers"], "tagger:"),
        ratios={tag: _ratios(tag, found[f"ratio {tag}"]["buckets"]) for tag in tags},
    )


def _ratio_buckets(tags: Sequence[str]) -> dict[str, Json]:
    ends = [*EDGES, None]
    ranges = [
        {"from": low} if high is None else {"from": low, "to": high}
        for low, high in zip(EDGES, ends[1:], strict=True)
    ]
    return {
        f"ratio {tag}": {"range": {"field": f"tags.{field_name(tag)}.ratio", "ranges": ranges}}
        for tag in tags
    }


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
