"""How many movies there are by status, and the videos of those that changed last: for estimates."""

from __future__ import annotations

from typing import Final

import msgspec

from movietag.documents import MOVIES, Json, VideoState
from movietag.search.reader import Reader

SAMPLE: Final = 100  # movies
_COUNTS: Final[Json] = {
    "query": {"match_all": {}},
    "sort": [{"updated_ms": "desc"}],
    "size": SAMPLE,
    "_source": ["videos"],
    "track_total_hits": True,
    "aggs": {"statuses": {"terms": {"field": "status"}}},
}


class _Videos(msgspec.Struct, frozen=True):
    videos: tuple[VideoState, ...]


class LibraryCounts(msgspec.Struct, frozen=True):
    """Movies by status, and the videos of the ``SAMPLE`` movies that changed last."""

    running: int = 0
    complete: int = 0
    failed: int = 0
    sample: tuple[tuple[VideoState, ...], ...] = ()


async def count_library(reader: Reader) -> LibraryCounts:
    """Count the movies by status.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    answer = await reader.indices.search(MOVIES, _COUNTS)
    counts = {one["key"]: one["doc_count"] for one in answer["aggregations"]["statuses"]["buckets"]}
    sample = []
    for hit in answer["hits"]["hits"]:
        try:
            sample.append(msgspec.convert(hit["_source"], _Videos).videos)
        except msgspec.ValidationError:  # of another version
            continue
    return LibraryCounts(
        counts.get("running", 0), counts.get("complete", 0), counts.get("failed", 0), tuple(sample)
    )
