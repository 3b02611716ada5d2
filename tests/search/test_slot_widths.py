"""The seconds between slots: computed from a video's first and last frame, and not searched for again at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from movietag.search.indices import Indices
from movietag.search.slot_widths import MOST_MOVIES, WIDTH_SECONDS, SlotWidths

Ends = tuple[int, float]
"""The number of slots from the first frame of a video to its last one, and the seconds."""


@dataclass
class FrameIndex:
    """Answers for movies with one video `v`, and notes which movies were searched for."""

    ends: dict[str, Ends]
    searched: list[set[str]] = field(default_factory=list)
    now: float = 0.0

    async def search(self, alias: str, body: Mapping[str, Any]) -> Any:
        movie_ids = body["query"]["terms"]["movie_id"]
        self.searched.append(set(movie_ids))
        found = [self._movie(one) for one in movie_ids if one in self.ends]
        return {"aggregations": {"movies": {"buckets": found}}}

    def _movie(self, movie_id: str) -> Any:
        slots, seconds = self.ends[movie_id]
        values = {"min_slot": 2, "max_slot": 2 + slots, "min_time": 3.0, "max_time": 3.0 + seconds}
        video = {"key": "v", **{name: {"value": value} for name, value in values.items()}}
        return {"key": movie_id, "videos": {"buckets": [video]}}


@pytest.fixture
def index() -> FrameIndex:
    return FrameIndex({"a": (4, 10.0), "b": (3, 6.0)})


@pytest.fixture
def widths(index: FrameIndex) -> SlotWidths:
    return SlotWidths(cast(Indices, index), lambda: index.now)


def test_only_movies_that_are_not_known_are_searched_for(
    index: FrameIndex, widths: SlotWidths
) -> None:
    assert asyncio.run(widths.of({"a"})) == {("a", "v"): 2.5}
    assert asyncio.run(widths.of(["a", "b", "b"])) == {("a", "v"): 2.5, ("b", "v"): 2.0}
    assert asyncio.run(widths.of({"b"})) == {("b", "v"): 2.0}
    assert asyncio.run(widths.of(())) == {}
    assert index.searched == [{"a"}, {"b"}]


def test_they_are_searched_for_again_after_a_while(index: FrameIndex, widths: SlotWidths) -> None:
    asyncio.run(widths.of({"a"}))
    index.ends["a"] = (8, 10.0)
    index.now += WIDTH_SECONDS
    assert asyncio.run(widths.of({"a"})) == {("a", "v"): 1.25}


def test_a_video_that_has_but_one_frame_yet_is_looked_at_again(
    index: FrameIndex, widths: SlotWidths
) -> None:
    index.ends["a"] = (0, 0.0)
    assert asyncio.run(widths.of({"a"})) == {("a", "v"): 0.0}
    index.ends["a"] = (4, 10.0)
    assert asyncio.run(widths.of({"a"})) == {("a", "v"): 2.5}


def test_a_movie_without_frames_is_looked_for_again(index: FrameIndex, widths: SlotWidths) -> None:
    assert asyncio.run(widths.of({"c"})) == {}
    index.ends["c"] = (4, 10.0)
    assert asyncio.run(widths.of({"c"})) == {("c", "v"): 2.5}


def test_a_bounded_number_is_cached(index: FrameIndex, widths: SlotWidths) -> None:
    for n in range(MOST_MOVIES + 10):
        index.ends[str(n)] = (1, 1.0)
    asyncio.run(widths.of([str(n) for n in range(MOST_MOVIES)]))
    asyncio.run(widths.of([str(MOST_MOVIES + 1)]))
    assert len(widths._cached) <= MOST_MOVIES
