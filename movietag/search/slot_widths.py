"""The seconds between the slots of videos: where a scene ends, its frames do not say."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from movietag.documents import FRAMES, Json
from movietag.search.indices import Indices
from movietag.search.runs import Widths

WIDTH_SECONDS: Final = 600.0
MOST_MOVIES: Final = 5_000  # whose widths are cached
MOST_VIDEOS: Final = 1_000  # of a movie

MovieWidths = dict[tuple[str, str], float]


class SlotWidths:
    """The widths of the slots, computed from the first and last frame of each video, and cached for ``WIDTH_SECONDS``.

    The widths of a video are the same from its second frame on, unless the movie is refreshed with other slots; those of
    a movie that has a video with one frame only are not cached. ``clock``: seconds, monotonic.
    """

    def __init__(self, indices: Indices, clock: Callable[[], float] = time.monotonic) -> None:
        self._indices, self._clock = indices, clock
        self._cached: dict[str, tuple[float, MovieWidths]] = {}

    async def of(self, movie_ids: Collection[str]) -> Widths:
        """The widths of the movies' videos; 0 for a video with one frame.

        Raises:
            TransientError: see ``Indices``.
        """
        now = self._clock()
        known = {
            one: found[1]
            for one in movie_ids
            if (found := self._cached.get(one)) and now - found[0] < WIDTH_SECONDS
        }
        missing = [one for one in dict.fromkeys(movie_ids) if one not in known]
        if missing:
            searched = await self._searched(missing)
            self._cache(now, searched)
            known |= searched
        return {video: width for widths in known.values() for video, width in widths.items()}

    def _cache(self, now: float, searched: dict[str, MovieWidths]) -> None:
        if len(self._cached) + len(searched) > MOST_MOVIES:
            self._cached.clear()
        whole = {movie_id: found for movie_id, found in searched.items() if all(found.values())}
        self._cached |= {movie_id: (now, found) for movie_id, found in whole.items()}

    async def _searched(self, movie_ids: Sequence[str]) -> dict[str, MovieWidths]:
        ends = {
            f"{end}_{name}": {end: {"field": name}}
            for end in ("min", "max")
            for name in ("time", "slot")
        }
        by_video = {"terms": {"field": "video_id", "size": MOST_VIDEOS}, "aggs": ends}
        by_movie = {"terms": {"field": "movie_id", "size": len(movie_ids)}}
        body = {
            "query": {"terms": {"movie_id": list(movie_ids)}},
            "size": 0,
            "track_total_hits": False,
            "aggs": {"movies": {**by_movie, "aggs": {"videos": by_video}}},
        }
        answer = await self._indices.search(FRAMES, body)
        movies = answer["aggregations"]["movies"]["buckets"]
        return {movie["key"]: dict(_widths(movie)) for movie in movies}


def _widths(movie: Json) -> Iterator[tuple[tuple[str, str], float]]:
    for video in movie["videos"]["buckets"]:
        slots = video["max_slot"]["value"] - video["min_slot"]["value"]
        seconds = video["max_time"]["value"] - video["min_time"]["value"]
        yield (movie["key"], video["key"]), seconds / slots if slots else 0.0
