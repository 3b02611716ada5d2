"""The frames around scenes, in their videos: what comes before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from movietag.documents import FRAME_ORDER, FRAMES, Json
from movietag.search.indices import decode_hits
from movietag.search.reader import Reader
from movietag.search.results import Frame, Scene

VideoKey = tuple[str, str, str]
"""Movie id, tagger, video id."""


def video_of(of: Frame | Scene) -> VideoKey:
    """The video of a frame or scene."""
    return of.movie_id, of.tagger, of.video_id


async def frames_around(
    reader: Reader, scenes: Sequence[Scene], reach: int
) -> dict[VideoKey, tuple[Frame, ...]]:
    """The frames of each video that are up to ``reach`` slots from the first one of any of its scenes, by slot.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    if not scenes:
        return {}
    answer = await reader.indices.search(FRAMES, _request(scenes, reach))
    frames: defaultdict[VideoKey, list[Frame]] = defaultdict(list)
    for frame in decode_hits(answer["hits"]["hits"], Frame):
        frames[video_of(frame)].append(frame)
    return {video: tuple(of_video) for video, of_video in frames.items()}


def _request(scenes: Sequence[Scene], reach: int) -> Json:
    near = [
        {
            "bool": {
                "filter": [
                    {"term": {"movie_id": scene.movie_id}},
                    {"term": {"tagger": scene.tagger}},
                    {"term": {"video_id": scene.video_id}},
                    {"range": {"slot": {"gte": scene.slot - reach, "lte": scene.slot + reach}}},
                ]
            }
        }
        for scene in scenes
    ]
    return {
        "query": {"constant_score": {"filter": {"bool": {"should": near}}}},
        "sort": [{name: "asc"} for name in FRAME_ORDER],
        "size": len(scenes) * (2 * reach + 1),
        "track_total_hits": False,
    }
