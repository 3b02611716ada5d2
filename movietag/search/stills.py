"""Stills: a few frames of each of several movies, preferring those with the search's tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from movietag.documents import FRAMES, Json
from movietag.search.indices import decode_hits
from movietag.search.reader import Reader
from movietag.search.results import Frame

TAG_WEIGHT: Final = 2.0  # of a queried tag, against a random score between 0 and 1


async def stills(
    reader: Reader, movie_ids: Sequence[str], tags: Sequence[str], each: int
) -> dict[str, tuple[Frame, ...]]:
    """Up to ``each`` frames of each movie, those with most of the tags, by video and slot.

    Ties are broken at random, the same way each time for the same index.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    if not movie_ids:
        return {}
    answer = await reader.indices.search(FRAMES, _request(movie_ids, tags, each))
    frames_of = {}
    for hit in answer["hits"]["hits"]:
        inner = hit["inner_hits"]["stills"]["hits"]["hits"]
        frames = sorted(decode_hits(inner, Frame), key=_place)
        if frames:
            frames_of[frames[0].movie_id] = tuple(frames)
    return frames_of


def _place(frame: Frame) -> tuple[str, int]:
    return frame.video_id, frame.slot


def _request(movie_ids: Sequence[str], tags: Sequence[str], each: int) -> Json:
    functions: list[Json] = [{"random_score": {"seed": 1, "field": "_seq_no"}}]
    functions += [{"filter": {"term": {"tags": tag}}, "weight": TAG_WEIGHT} for tag in tags]
    inner = {"name": "stills", "size": each}
    return {
        "query": {
            "function_score": {
                "query": {"bool": {"filter": {"terms": {"movie_id": list(movie_ids)}}}},
                "functions": functions,
                "score_mode": "sum",
                "boost_mode": "replace",
            }
        },
        "collapse": {"field": "movie_id", "inner_hits": inner},
        "size": len(movie_ids),
        "track_total_hits": False,
        "_source": False,
    }
