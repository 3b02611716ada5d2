"""Lift: how much more frequent a tag is in a movie than in movies on average.

A ratio says how often a tag appears, but a captioner that says `dramatic` of every third frame says it
of every movie. Lift divides by the mean ratio, so it orders the tags of a movie by what sets it apart, and
weights several queried tags alike. The means are queried from Elasticsearch when needed: no cached copy
can go stale.

"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from movietag.vocabulary import MAX_TAGS

PRIOR: Final = 0.02
"""Added to both ratios: 1 image in 50, the smallest ratio above zero in a movie of the paper's size.
Without it, a tag of one frame in one movie of ten thousand would have a lift of ten thousand. At least
1/64: Lucene accepts feature weights up to 64."""


class Lifts(msgspec.Struct, frozen=True):
    """The mean ratio of each tag over ``movies``; 0 for a tag not in ``means``.

    ``movies`` are the complete ones; with a large vocabulary, which has no rows with count 0, those with at
    least one tag.

    """

    movies: int
    means: Mapping[str, float]

    def weight(self, tag: str) -> float:
        """1 / (mean + prior): the weight of the tag's ratio."""
        return 1 / (self.means.get(tag, 0.0) + PRIOR)

    def lift(self, tag: str, ratio: float) -> float:
        """(ratio + prior) / (mean + prior): 1 means average, above 1 more than average.

        The lift of association rules, P(tag | movie) / P(tag) (Brin, Motwani, Ullman, Tsur: Dynamic
        itemset counting, SIGMOD 1997), with equal weight for every movie, and a prior.
        """
        return (ratio + PRIOR) * self.weight(tag)

    def rounded(self, ratios: Iterable[tuple[str, float]]) -> dict[str, float]:
        """The ``lift`` of each (tag, ratio), rounded to four digits; inlined, as a page of movies has hundreds."""
        mean = self.means.get
        return {
            tag: round((ratio + PRIOR) * (1 / (mean(tag, 0.0) + PRIOR)), 4) for tag, ratio in ratios
        }


def means_query() -> dict[str, Any]:
    """The search in `movie_tags` for each tag's sum of ratios and the number of movies with rows."""
    with_images = {"range": {"images": {"gte": 1}}}
    return {
        "query": with_images,
        "size": 0,
        "aggs": {
            "movies": {"filter": {"term": {"rank": 1}}},  # each has one row of this rank
            "tags": {
                "terms": {"field": "tag", "size": MAX_TAGS},
                "aggs": {"ratios": {"sum": {"field": "ratio"}}},
            },
        },
    }


def lifts_from(answer: Mapping[str, Any]) -> Lifts:
    """The means, from the response to ``means_query``."""
    aggregations = answer["aggregations"]
    movies = aggregations["movies"]["doc_count"]
    if not movies:
        return Lifts(0, {})
    buckets = aggregations["tags"]["buckets"]
    return Lifts(movies, {one["key"]: one["ratios"]["value"] / movies for one in buckets})
