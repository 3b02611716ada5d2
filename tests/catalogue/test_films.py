"""What catalogues say is taken within bounds, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_films import genre_item, item, movie, statement, tmdb_video

from movietag.catalogue.door import Door
from movietag.catalogue.film import MOST_TITLES, bounded_film
from movietag.catalogue.tmdb import film_of_tmdb
from movietag.catalogue.tree import Tree
from movietag.catalogue.wikidata import ADDRESS, Wikidata, film_of_wikidata
from movietag.crawl.known_film import KnownFilm, OfficialVideo, VideoSite

HOSTILE = [
    "\x1b[31mHeat\x1b[0m",
    "He\u200bat\u202e",
    "Heat\x00\n\r\tHeat",
    "\ufeff Heat ",
    "<script>alert(1)</script>",
    "a" * 100_000,
    "\u0301" * 400,
    "",
    "   ",
    "!!!",
    "Ⓗeat" * 70,
    "x\ud800y",
]


def test_titles_of_strangers_are_plain_text_once_each_and_bounded() -> None:
    film = bounded_film(titles=HOSTILE + ["heat"] + [f"Title {at}" for at in range(500)])
    assert film is not None
    assert len(film.titles) == MOST_TITLES
    assert film.titles[:4] == ("[31mHeat[0m", "Heat", "Heat Heat", "<script>alert(1)</script>")
    assert all(len(title) <= 300 for title in film.titles)
    assert "".join(film.titles).isprintable()
    msgspec.json.encode(film)


@pytest.mark.parametrize("titles", [[], [""], ["\u200b"], ["…"]])
def test_a_film_without_a_title_is_none(titles: list[str]) -> None:
    assert bounded_film(titles=titles) is None


def test_ids_have_their_form_or_are_left_out() -> None:
    film = bounded_film(
        titles=["Heat"],
        years=[1995, 99999, 0, 1995, 1994],
        seconds=float("inf"),
        imdb="tt01/../../etc",
        tmdb=-1,
        wikidata="Q1|Q2",
        official=[
            ("YouTube", "dQw4w9WgXcQ"),
            ("youtube", "dQw4w9WgXcQ"),
            ("YouTube", "../../../etc"),
            ("YouTube", "a&list=PLabc"),
            ("Vimeo", "76979871"),
            ("Vimeo", "javascript:"),
            ("file", "76979871"),
            ("", ""),
        ],
    )
    assert film == KnownFilm(
        titles=("Heat",),
        years=(1994, 1995),
        official=(
            OfficialVideo(VideoSite.YOUTUBE, "dQw4w9WgXcQ"),
            OfficialVideo(VideoSite.VIMEO, "76979871"),
        ),
    )
    assert [video.url for video in film.official] == [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://vimeo.com/76979871",
    ]


def test_an_item_of_wikidata() -> None:
    heat = item(
        "Q42198", "Heat", 1995, tmdb=949, imdb="tt0113277", minutes=170, years=[1996, 1995, 2019],
        labels={"ko": "히트", "fr": "Heat"}, aliases={"en": ["Heat (1995)"], "he": ["היט"]},
        genres=["Q959790"], trailers=["dQw4w9WgXcQ"],
    )  # fmt: skip
    heat["claims"]["P1651"].append(statement("notATrailer"))
    heat["claims"]["P345"].insert(0, statement("tt9999999", rank="deprecated"))
    preferred = {"amount": "+10200", "unit": "http://www.wikidata.org/entity/Q11574"}
    heat["claims"]["P2047"].append(statement(preferred, rank="preferred"))
    assert film_of_wikidata(Tree(heat)) == KnownFilm(
        titles=("Heat", "히트", "Heat (1995)", "היט"),
        years=(1995, 1996),  # 2019 is a rerelease
        genres=("Q959790",),
        seconds=10_200,
        imdb="tt0113277",
        tmdb=949,
        wikidata="Q42198",
        official=(OfficialVideo(VideoSite.YOUTUBE, "dQw4w9WgXcQ"),),
    )


def test_a_movie_of_tmdb() -> None:
    details = movie(
        496243, "Parasite", "2019-05-30", original="기생충", imdb="tt6751668", minutes=133,
        wikidata="Q61448040", genres=["Comedy", "Thriller"], translated=["Parasite", "寄生上流", ""],
        others=[("Gisaengchung", ""), ("Film 7", "working title")],
        videos=[
            tmdb_video("aaaaaaaaaaa", "Clip"),
            tmdb_video("bbbbbbbbbbb", "Trailer", official=False),
            tmdb_video("ccccccccccc", "Featurette"),
            tmdb_video("12345678", "Trailer", site="Vimeo"),
            tmdb_video("ddddddddddd", "Trailer"),
        ],
    )  # fmt: skip
    assert film_of_tmdb(Tree(details)) == KnownFilm(
        titles=("Parasite", "기생충", "寄生上流", "Gisaengchung"),
        years=(2019,),
        genres=("Comedy", "Thriller"),
        seconds=7980,
        imdb="tt6751668",
        tmdb=496243,
        wikidata="Q61448040",
        official=(
            OfficialVideo(VideoSite.VIMEO, "12345678"),
            OfficialVideo(VideoSite.YOUTUBE, "ddddddddddd"),
            OfficialVideo(VideoSite.YOUTUBE, "aaaaaaaaaaa"),
        ),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
ITEM = item("Q1", "Heat", 1995, tmdb=1, imdb="tt0113277", minutes=1, genres=["Q2"], trailers=["x"])
MOVIE = movie(1, "Heat", "1995-12-15", others=[("a", "")], videos=[tmdb_video("x", "Trailer")])


def _spoilt(value: Any, path: list[int], other: Any) -> Any:
    """The value with one part of it, which ``path`` leads to, exchanged."""
    if not path or not isinstance(value, dict | list) or not value:
        return other
    copy: Any = value.copy()
    keys = sorted(copy) if isinstance(copy, dict) else range(len(copy))
    key = keys[path[0] % len(keys)]
    copy[key] = _spoilt(copy[key], path[1:], other)
    return copy


@given(st.lists(st.integers(0, 20), max_size=8), JSON)
def test_whatever_has_changed_in_an_answer_a_film_or_none_is_read(
    path: list[int], other: Any
) -> None:
    for read, whole in ((film_of_wikidata, ITEM), (film_of_tmdb, MOVIE)):
        film = read(Tree(_spoilt(whole, path, other)))
        if film is not None:
            assert msgspec.json.decode(msgspec.json.encode(film), type=KnownFilm) == film


@pytest.mark.parametrize("empty", [None, [], {}, "", 0, False, [[]], {"claims": []}])
def test_nothing_is_no_film(empty: Any) -> None:
    assert film_of_wikidata(Tree(empty)) is None
    assert film_of_tmdb(Tree(empty)) is None


async def test_names_of_genres_are_cleaned_and_no_more_kept_than_were_asked_for() -> None:
    names = {"Q2": "crime\n\u202efilm", "Q3": "CRIME film", "Q4": "g" * 5000, "Q666": "x"}

    async def ask(path: str, parameters: Mapping[str, str]) -> Tree:
        del path, parameters
        return Tree({"entities": {qid: genre_item(qid, name) for qid, name in names.items()}})

    source = Wikidata(Door(ADDRESS), "movietag")
    film = await source.completed(KnownFilm(titles=("Heat",), genres=("Q2", "Q3", "Q4")), ask)
    assert film.genres == ("crime film",)
    assert "Q666" not in source._genres
