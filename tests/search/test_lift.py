"""Lift: the formula, the weights of a search, the order of a movie's tags."""

from __future__ import annotations

from itertools import combinations

import msgspec
import pytest

from movietag.search import lift
from movietag.search.converting import lifted
from movietag.search.lift import PRIOR, Lifts
from movietag.search.query.nodes import And, Tag
from movietag.search.ranking import MovieSearch, RankedMovies, search_query
from movietag.search.reader import Reader
from movietag.search.results import Movie
from movietag.search.scans import scan_rows
from movietag.vocabulary import load

USUAL = Lifts(10, {"dramatic": 0.4, "gothic": 0.03})


@pytest.mark.parametrize(
    ("tag", "ratio", "expected"),
    [
        ("dramatic", 0.4, 1.0),  # as usual
        ("dramatic", 0.82, 2.0),
        ("gothic", 0.03, 1.0),
        ("gothic", 0.08, 2.0),
        ("never", 0.0, 1.0),
        ("never", 0.02, 2.0),  # one image in fifty of a tag that nobody else has
    ],
)
def test_the_lift_of_a_ratio(tag: str, ratio: float, expected: float) -> None:
    assert USUAL.lift(tag, ratio) == pytest.approx(expected)


def test_many_lifts_at_once_are_the_same() -> None:
    lifts = Lifts(10, {"horror": 0.31, "romantic": 0.007})
    ratios = [("horror", 0.123), ("romantic", 1 / 3), ("other", 0.5)]
    assert lifts.rounded(ratios) == {one: round(lifts.lift(one, at), 4) for one, at in ratios}


def test_the_means_count_movies_without_the_tag_too() -> None:
    tags = {"buckets": [{"key": "gothic", "ratios": {"value": 0.6}}]}
    answer = {"aggregations": {"movies": {"doc_count": 4}, "tags": tags}}
    assert lift.lifts_from(answer).means == {"gothic": pytest.approx(0.15)}
    answer["aggregations"]["movies"] = {"doc_count": 0}
    assert lift.lifts_from(answer) == Lifts(0, {})


@pytest.mark.parametrize("large", [False, True])
def test_a_rare_tag_weighs_more_in_a_search(large: bool) -> None:
    search = MovieSearch(And((Tag("dramatic"), Tag("gothic"))), "lift", lifts=USUAL)
    query = search_query(search, {"match_all": {}}, large, RankedMovies())
    (score,) = query["bool"]["should"]
    if large:
        found = score["sparse_vector"]["query_vector"]
    else:
        factors = [one["field_value_factor"] for one in score["function_score"]["functions"]]
        found = {one["field"].split(".")[1]: one["factor"] for one in factors}
    assert found == {
        "dramatic": pytest.approx(1 / (0.4 + PRIOR)),
        "gothic": pytest.approx(1 / (0.03 + PRIOR)),
    }


async def test_means_of_a_filled_library_are_those_of_its_rows(reader: Reader) -> None:
    lifts = await reader.lifts()
    rows = [row async for row in scan_rows(reader)]
    movies = {row.movie_id for row in rows if row.images}  # a failed movie has none
    assert lifts.movies == len(movies) > 2
    for tag in load("mpst").tags:
        mean = sum(row.ratio for row in rows if row.tag == tag) / len(movies)
        assert lifts.means.get(tag, 0.0) == pytest.approx(mean, abs=1e-6)
    assert all(row.lift == pytest.approx(lifts.lift(row.tag, row.ratio)) for row in rows)


def test_without_a_complete_movie_there_is_no_lift() -> None:
    movie = msgspec.convert(
        dict.fromkeys(Movie.__struct_fields__, 0)
        | {"movie_id": "m", "title": "M", "status": "running", "reason": "", "videos": []}
        | {"tagger": "t", "vocabulary": "v", "tags": {"gothic": {"count": 1, "ratio": 0.5}}}
        | {"attempt": None, "attempt_reason": "", "dropped_by": [], "short": False, "not_whole": []}
        | {"lifts": {}, "why": [], "thumbnails": [], "sampling": ""},
        Movie,
    )
    movie = msgspec.structs.replace(movie, lifts=msgspec.UNSET)
    assert lifted(movie, Lifts(0, {})) == movie
    assert lifted(movie, USUAL).lifts == {"gothic": 10.4}


async def test_by_lift_a_search_ranks_by_the_sum_of_lifts(reader: Reader) -> None:
    """On a server, for every two tags that the sample movies share; some of them rank otherwise by ratio."""
    movies = (await reader.movies(MovieSearch(limit=100))).movies
    otherwise = 0
    for pair in combinations(sorted({tag for movie in movies for tag in movie.tags}), 2):
        both = [movie for movie in movies if all(tag in movie.tags for tag in pair)]
        if len(both) < 2:
            continue
        asked = And((Tag(pair[0]), Tag(pair[1])))
        lifts = Lifts(10, {pair[0]: 0.9})  # as if every movie had the one, and none the other
        found = (await reader.movies(MovieSearch(asked, "lift", 100, lifts))).movies
        sums = [sum(lifts.lift(tag, one.tags[tag].ratio) for tag in pair) for one in found]
        assert len(found) == len(both)
        assert sums == sorted(sums, reverse=True)
        ratios = [sum(one.tags[tag].ratio for tag in pair) for one in found]
        otherwise += ratios != sorted(ratios, reverse=True)
    assert otherwise
