"""Lift: how much more of a movie has a tag than of movies on the whole.

A ratio says how often a tag appears, but a captioner that says `dramatic` of every third frame says it
of every movie. Lift divides by what is usual, so it orders the tags of a movie by what sets it apart,
and weights several asked tags alike. The means are asked of Elasticsearch when they are needed: no copy
of them can go stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from movietag.vocabulary import MAX_TAGS

PRIOR: Final = 0.02
"""Added to both ratios: one image in fifty, the least that a movie of the paper's size can have of a tag.
A tag that one frame of one movie in ten thousand has would else have a lift of ten thousand. Not less
than 1/64: that is the highest weight that Lucene takes for a feature."""


class Lifts(msgspec.Struct, frozen=True):
    """The mean ratio of each tag over ``movies``; 0 for a tag not in ``means``.

    These are the complete movies; of a large vocabulary, which has no rows for what is not there, those
    with one tag at least.
    """

    movies: int
    means: Mapping[str, float]

    def weight(self, tag: str) -> float:
        """1 / (mean + prior): what a ratio of the tag is worth."""
        return 1 / (self.means.get(tag, 0.0) + PRIOR)

    def lift(self, tag: str, ratio: float) -> float:
        """(ratio + prior) / (mean + prior): 1 as usual, above it more than usual.

        The lift of association rules, P(tag | movie) / P(tag) (Brin, Motwani, Ullman, Tsur: Dynamic
        itemset counting, SIGMOD 1997), with every movie weighing the same, and a prior.
        """
        return (ratio + PRIOR) * self.weight(tag)

    def rounded(self, ratios: Iterable[tuple[str, float]]) -> dict[str, float]:
        """The ``lift`` of each tag with a ratio, to four digits; a page of movies has hundreds."""
        mean = self.means.get
        return {
            tag: round((ratio + PRIOR) * (1 / (mean(tag, 0.0) + PRIOR)), 4) for tag, ratio in ratios
        }


def usual() -> dict[str, Any]:
    """The search in `movie_tags` for each tag's sum of ratios, and for how many movies have rows."""
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


def lifts(answer: Mapping[str, Any]) -> Lifts:
    """The means, from the answer to ``usual``."""
    found = answer["aggregations"]
    movies = found["movies"]["doc_count"]
    if not movies:
        return Lifts(0, {})
    buckets = found["tags"]["buckets"]
    return Lifts(movies, {one["key"]: one["ratios"]["value"] / movies for one in buckets})
