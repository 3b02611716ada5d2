"""How many captions have each quality mark, over all movies of a library."""

from __future__ import annotations

from collections import Counter
from typing import Final

from movietag.documents import FRAMES, Json
from movietag.records import CaptionQuality
from movietag.search.reader import Reader

_REQUEST: Final[Json] = {
    "size": 0,
    "aggs": {"marks": {"terms": {"field": "quality", "size": 2 * len(CaptionQuality)}}},
}


async def marks_of_captions(reader: Reader) -> Counter[str]:
    """The counted frames by the mark of their caption; the empty one has those that are unmarked.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    answer = await reader.indices.search(FRAMES, _REQUEST)
    buckets = answer["aggregations"]["marks"]["buckets"]
    return Counter({one["key"]: one["doc_count"] for one in buckets})
