"""Facets of scenes: how many of the matching frames have each tag, movie, decade, mark of the caption and tagger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from movietag.documents import Json
from movietag.search.facet_counts import (
    DECADES,
    MOST_TAGS,
    MOST_VALUES,
    Facet,
    decade_facets,
    facet_counts,
    value_facets,
    values_of,
)
from movietag.search.naming import named
from movietag.search.near import forgiving
from movietag.search.query import Node
from movietag.search.query.nodes import quoted
from movietag.search.query.selecting import FacetKind
from movietag.search.reader import Reader
from movietag.search.results import QueryReading

_NAMES: Final[Json] = {"title": values_of("title", 1), "year": {"min": {"field": "year"}}}
_AGGREGATIONS: Final[dict[FacetKind, Json]] = {
    "tags": values_of("tags", MOST_TAGS),
    "movies": {**values_of("movie_id", MOST_VALUES), "aggs": _NAMES},
    "decades": DECADES,
    "qualities": values_of("quality"),
    "taggers": values_of("tagger"),
}


class SceneFacets(msgspec.Struct, frozen=True):
    """The facets of ``frames`` frames, of which scenes are made; each counts frames.

    A facet of which the query selects values (one movie, any of several tags) is counted without that condition.
    ``movies`` and ``qualities`` (marks of captions) have the most frequent ones. ``read`` as in ``Movies``.
    """

    frames: int
    tags: tuple[Facet, ...]
    movies: tuple[Facet, ...]
    decades: tuple[Facet, ...]
    qualities: tuple[Facet, ...]
    taggers: tuple[Facet, ...]
    read: QueryReading | msgspec.UnsetType = msgspec.UNSET


async def scene_facets(reader: Reader, query: Node) -> SceneFacets:
    """The facets of the matching frames.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
        UsageError: see ``Reader.prepare``.
    """
    found = await forgiving(
        reader.indices, query, lambda where: _facets_of(reader, where), lambda made: made.frames
    )
    return found.answer


async def _facets_of(reader: Reader, query: Node) -> SceneFacets:
    counts = await facet_counts(reader, query, "frames", _AGGREGATIONS, {})
    found = counts.aggregations
    return SceneFacets(
        frames=counts.total,
        tags=value_facets(found["tags"], ""),
        movies=tuple(map(_movie, found["movies"]["buckets"])),
        decades=decade_facets(found["decades"]),
        qualities=tuple(one for one in value_facets(found["qualities"], "quality:") if one.value),
        taggers=value_facets(found["taggers"], "tagger:"),
    )


def _movie(bucket: Mapping[str, Any]) -> Facet:
    movie_id, titles, year = bucket["key"], bucket["title"]["buckets"], bucket["year"]["value"]
    title = titles[0]["key"] if titles else movie_id
    value = named(title, None if year is None else int(year))
    return Facet(value, bucket["doc_count"], f"movie:{quoted(movie_id)}")
