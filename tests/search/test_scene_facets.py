"""Facets of scenes, on a real Elasticsearch with known movies: each counts frames, and its condition matches as many."""

from __future__ import annotations

from collections import Counter

import pytest
from support.sample_movies import SAMPLES, frame_bodies

from movietag.documents import FrameBody
from movietag.search.query import EVERYTHING
from movietag.search.reader import Reader
from movietag.search.scene_facets import scene_facets
from movietag.search.scenes import SceneSearch, scenes

FRAMES: list[FrameBody] = [frame for sample in SAMPLES for frame in frame_bodies(sample)]


async def test_facets_count_frames(reader: Reader) -> None:
    found = await scene_facets(reader, EVERYTHING)
    assert found.frames == len(FRAMES)
    assert {one.value: one.count for one in found.tags} == dict(
        Counter(tag for frame in FRAMES for tag in frame.tags)
    )
    assert {one.value: one.count for one in found.qualities} == dict(
        Counter(frame.quality for frame in FRAMES)
    )
    named = {one.value: one.count for one in found.movies}
    assert (named["Dune (1984)"], named["Dune (2021)"]) == (20, 20)
    assert sum(named.values()) == len(FRAMES)
    decades = Counter(frame.year // 10 * 10 for frame in FRAMES if frame.year)
    assert {one.value: one.count for one in found.decades} == {
        f"{first}..{first + 9}": count for first, count in decades.items()
    }


@pytest.mark.parametrize("query", ["murder or romantic", "horror and not comedy", "title:up"])
async def test_each_facet_is_a_condition_with_that_many_frames(reader: Reader, query: str) -> None:
    found = await scene_facets(reader, reader.parse(query, "frames"))
    selected = found.tags if " or " in query else ()  # counted as if none were selected
    facets = (*found.tags, *found.movies, *found.decades, *found.qualities, *found.taggers)
    assert len(facets) > 4
    for facet in facets:
        if facet not in selected:
            where = reader.parse(f"({query}) and {facet.condition}", "frames")
            assert (await scenes(reader, SceneSearch(where))).frames == facet.count, facet


@pytest.mark.parametrize(
    ("query", "facet", "rest"),
    [
        ("horror and movie:harbor", "movies", "horror"),
        ("murder or comedy", "tags", ""),
        ("horror and (year:1990..1999 or year:2010..2019)", "decades", "horror"),
        ("murder and quality:cut", "qualities", "murder"),
    ],
)
async def test_a_facet_is_counted_without_the_values_that_are_selected(
    reader: Reader, query: str, facet: str, rest: str
) -> None:
    found = await scene_facets(reader, reader.parse(query, "frames"))
    without = await scene_facets(reader, reader.parse(rest, "frames"))
    assert getattr(found, facet) == getattr(without, facet)
    assert found.frames < without.frames


async def test_near_titles_are_counted_as_they_are_found(reader: Reader) -> None:
    query = reader.parse("title:harbur", "frames")
    assert (await scene_facets(reader, query)).frames == 82
