"""The orders of scenes on a real Elasticsearch with known movies: by title, length, words and meaning."""

from __future__ import annotations

from typing import get_args

import pytest

from movietag.cli.export_run import AnyOrder
from movietag.errors import UsageError
from movietag.search import scene_orders
from movietag.search.every import every_scene
from movietag.search.ranking import By
from movietag.search.reader import Reader
from movietag.search.results import Scene
from movietag.search.scene_orders import SceneBy
from movietag.search.scenes import SceneSearch, scenes


async def found(reader: Reader, query: str, by: SceneBy | None, gap: int = 1) -> list[Scene]:
    where = reader.parse(query, "frames")
    return list((await scenes(reader, SceneSearch(where, 1000, gap, by=by))).scenes)


async def test_the_longest_first_and_ties_by_title(reader: Reader) -> None:
    longest = await found(reader, "horror", "length")
    assert [(one.movie_id, one.frames) for one in longest[:3]] == [
        ("harbor", 21),
        ("harbor", 20),
        ("grin", 20),
    ]
    lengths = [one.frames for one in longest]
    assert lengths == sorted(lengths, reverse=True)
    by_title = await found(reader, "horror", "title")
    assert by_title == sorted(by_title, key=lambda one: (one.title, one.video_id, one.start))
    assert sorted(by_title, key=lambda one: -one.frames) == longest
    assert await found(reader, "horror", None) == by_title


async def test_scenes_whose_captions_fit_the_words_best_first(reader: Reader) -> None:
    """Rarer words in shorter captions fit better: `western` is alone in six of the frames that have it."""
    best = await found(reader, "text:western or text:horror", "text", gap=0)
    assert "western" in best[0].caption
    assert "horror" in best[-1].caption
    assert len(best) > 20


async def test_the_order_by_meaning_and_others_of_its_best_frames(captioned: Reader) -> None:
    query = 'about:"people outside"'
    best = await found(captioned, query, "meaning")
    assert best == await found(captioned, query, None)
    by_title = await found(captioned, query, "title")
    assert best != by_title
    assert sorted(best, key=lambda one: (one.title, one.start)) == by_title
    assert all(one.about for one in by_title)


@pytest.mark.parametrize(
    ("by", "query", "says"),
    [
        ("text", "horror", "needs words: the query has no text:WORDS"),
        ("meaning", "horror", "needs words: the query has no about:WORDS"),
    ],
)
async def test_an_order_needs_its_words(reader: Reader, by: SceneBy, query: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        await found(reader, query, by)


async def test_an_order_by_length_of_too_many_frames_says_what_to_do(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene_orders, "MOST_MEASURED", 81)
    with pytest.raises(UsageError, match=r"82 frames match: .* at most 81. Add a condition"):
        await found(reader, "movie:harbor", "length")
    assert await found(reader, "movie:barn", "length")


@pytest.mark.parametrize("by", ["title", "length", "text"])
async def test_all_scenes_of_an_export_are_in_the_order(reader: Reader, by: SceneBy) -> None:
    where = reader.parse("text:data and (murder or western)", "frames")
    exported = [scene async for scene in every_scene(reader, where, 1, by)]
    assert exported == await found(reader, "text:data and (murder or western)", by)


def test_an_export_takes_the_orders_of_movies_and_scenes() -> None:
    assert set(get_args(AnyOrder)) == {*get_args(By), *get_args(SceneBy)}
