"""Stills: which frames of a movie stand for it."""

from __future__ import annotations

from typing import Any

import msgspec
from support import sample_movies

from movietag.documents import Json
from movietag.search.reader import Reader
from movietag.search.stills import stills
from movietag.vocabulary import load


class Canned:
    """Indices that give one answer, and keep what they were asked."""

    def __init__(self, *movies: list[Any]) -> None:
        self.movies = movies
        self.asked: list[Json] = []

    async def search(self, _: str, body: Json) -> Any:
        self.asked.append(body)
        hits = [{"inner_hits": {"stills": {"hits": {"hits": frames}}}} for frames in self.movies]
        return {"hits": {"hits": hits}}


def hit(movie_id: str, video_id: str, slot: int) -> Any:
    sample = sample_movies.Sample(movie_id, movie_id, None, 1)
    (frame,) = sample_movies.frame_bodies(sample)
    body = msgspec.structs.replace(frame, video_id=video_id, slot=slot)
    return {"_index": "frames", "_source": msgspec.Raw(msgspec.json.encode(body))}


async def of(canned: Canned, movie_ids: list[str], tags: list[str]) -> Any:
    reader = Reader(None, load("mpst"), 0.1)
    reader.indices = canned
    found = await stills(reader, movie_ids, tags, 5)
    return {movie: [(one.video_id, one.slot) for one in frames] for movie, frames in found.items()}


async def test_by_video_and_slot_movie_by_movie() -> None:
    canned = Canned(
        [hit("a", "v", 10), hit("a", "u", 11), hit("a", "v", 9)],
        [hit("b", "v", 2)],
    )
    assert await of(canned, ["a", "b", "none"], []) == {
        "a": [("u", 11), ("v", 9), ("v", 10)],
        "b": [("v", 2)],
    }
    assert canned.asked[0]["size"] == 3


async def test_a_tag_that_is_asked_for_outweighs_the_draw() -> None:
    canned = Canned()
    await of(canned, ["a"], ["horror", "sci-fi"])
    scored = canned.asked[0]["query"]["function_score"]
    draw, *weights = scored["functions"]
    assert "random_score" in draw  # between 0 and 1
    assert [one["filter"]["term"]["tags"] for one in weights] == ["horror", "sci-fi"]
    assert all(one["weight"] > 1 for one in weights)
    assert (scored["score_mode"], scored["boost_mode"]) == ("sum", "replace")


async def test_of_no_movies_nothing_is_asked() -> None:
    canned = Canned()
    assert await of(canned, [], ["horror"]) == {}
    assert canned.asked == []


async def test_stills_of_a_real_index_show_what_is_asked_for(reader: Reader) -> None:
    found = await stills(reader, ["harbor", "grin", "barn", "none"], ["murder", "western"], 5)
    assert {movie: len(frames) for movie, frames in found.items()} == {
        "harbor": 5,
        "grin": 5,
        "barn": 5,
    }
    assert all("murder" in frame.tags for frame in found["harbor"])
    assert all("western" in frame.tags for frame in found["barn"])
    assert await stills(reader, ["harbor"], ["murder", "western"], 5) == {"harbor": found["harbor"]}
