"""A title is found if and only if `why` says that it fits: on a real server, in eight scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from msgspec import UNSET
from support.spelled_titles import QUERIES, made_titles

from benchmarks.cases.own_search import body_of, library_of
from movietag.search.converting import movie_from
from movietag.search.query.evaluator import in_title
from movietag.search.query.nodes import Text, TitleWords
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.why import explain
from movietag.settings import Settings

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]
WRITTEN = made_titles(250)
EXAMPLES = tried(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@pytest.fixture
async def spelled(elasticsearch: dict[str, Any]) -> AsyncIterator[Reader]:
    async with library_of(Settings(**elasticsearch), WRITTEN) as reader:
        yield reader


@EXAMPLES
@given(QUERIES)
async def test_titles(spelled: Reader, typed: str) -> None:
    title = TitleWords(typed)
    movies = [movie_from(body_of(one, spelled.vocabulary)) for one in WRITTEN]
    exact = {one.movie_id for one in movies if title.wanted.fits(one.title, one.year)}
    near = TitleWords(typed, near=True).wanted
    expected = exact or {one.movie_id for one in movies if near.fits(one.title, one.year)}
    answer = await spelled.movies(MovieSearch(title, "title", limit=1000))
    assert {one.movie_id for one in answer.movies} == expected
    assert (answer.near is not UNSET) is bool(expected and not exact)


@EXAMPLES
@given(QUERIES, st.integers(0, len(WRITTEN) - 1))
async def test_why(spelled: Reader, typed: str, number: int) -> None:
    title = TitleWords(typed)
    answer = await spelled.movies(MovieSearch(title, "title", limit=1000))
    found = {one.movie_id for one in answer.movies}
    any_movie = movie_from(body_of(WRITTEN[number], spelled.vocabulary))
    for movie in (any_movie, *answer.movies[:1]):
        assert (await explain(spelled, title, movie, None)).fits is (movie.movie_id in found)


@EXAMPLES
@given(QUERIES, st.booleans())
async def test_phrases_in_titles(spelled: Reader, typed: str, begins: bool) -> None:
    phrase = Text(typed, begins)
    movies = [movie_from(body_of(one, spelled.vocabulary)) for one in WRITTEN]
    answer = await spelled.movies(MovieSearch(phrase, "title", limit=1000))
    assert {one.movie_id for one in answer.movies} == {
        one.movie_id for one in movies if in_title(phrase, one.title)
    }
