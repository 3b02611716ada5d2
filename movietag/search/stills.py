"""Stills: some frames of each of several movies, such as show what a search asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from movietag.documents import FRAMES
from movietag.search.indices import legible
from movietag.search.queries import Json
from movietag.search.reader import Reader
from movietag.search.results import Frame

ASKED: Final = 2.0  # what a tag that is asked for is worth, against a draw between 0 and 1


async def stills(
    reader: Reader, movie_ids: Sequence[str], tags: Sequence[str], each: int
) -> dict[str, tuple[Frame, ...]]:
    """Up to ``each`` frames of each movie, those with most of the tags, by video and slot.

    Of equal ones some are drawn, the same ones each time while the index stands.

    Raises:
        TransientError: the server is away, or has no index of this vocabulary.
    """
    if not movie_ids:
        return {}
    answer = await reader.indices.answer(FRAMES, _asked(movie_ids, tags, each))
    found = {}
    for hit in answer["hits"]["hits"]:
        inner = hit["inner_hits"]["stills"]["hits"]["hits"]
        frames = sorted(legible(inner, Frame), key=_place)
        if frames:
            found[frames[0].movie_id] = tuple(frames)
    return found


def _place(frame: Frame) -> tuple[str, int]:
    return frame.video_id, frame.slot


def _asked(movie_ids: Sequence[str], tags: Sequence[str], each: int) -> Json:
    functions: list[Json] = [{"random_score": {"seed": 1, "field": "_seq_no"}}]
    functions += [{"filter": {"term": {"tags": tag}}, "weight": ASKED} for tag in tags]
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
