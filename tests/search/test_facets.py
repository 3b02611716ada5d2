"""Facets, autocomplete, similar movies and "why not", on a real Elasticsearch with known movies."""

from __future__ import annotations

from collections import Counter

import pytest
from support import sample_movies
from support.sample_movies import SAMPLES

from movietag.search.autocomplete import suggest
from movietag.search.converting import movie_from
from movietag.search.facets import facets
from movietag.search.lift import Lifts
from movietag.search.query import EVERYTHING
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Movie
from movietag.search.similar import LEAST_LIKENESS, shared, similar, weighted, weighted_cosine
from movietag.search.why import explain
from movietag.vocabulary import load


async def test_facets_count_movies(reader: Reader) -> None:
    found = await facets(reader, EVERYTHING)
    assert found.total == len(SAMPLES)
    tags = Counter(tag for one in SAMPLES for tag, count in one.counts.items() if count)
    assert {facet.value: facet.count for facet in found.tags} == dict(tags)
    decades = Counter(
        f"{one.year // 10 * 10}..{one.year // 10 * 10 + 9}" for one in SAMPLES if one.year
    )
    assert {facet.value: facet.count for facet in found.decades} == dict(decades)
    assert {facet.value: facet.count for facet in found.statuses} == {
        "complete": 9,
        "running": 1,
        "failed": 1,
    }
    assert found.ratios == {}


@pytest.mark.parametrize(
    ("query", "kind", "rest"),
    [
        ("horror and year:2010..2019", "decades", "horror"),
        ("horror or romantic", "tags", ""),
        ("(horror or romantic) and source:search", "tags", "source:search"),
        ("status:complete and (year:1990..1999 or year:2000..2009)", "statuses", "year:1990..2009"),
    ],
)
async def test_a_facet_is_counted_without_the_values_that_are_selected(
    reader: Reader, query: str, kind: str, rest: str
) -> None:
    found = await facets(reader, reader.parse(query))
    without = await facets(reader, reader.parse(rest))
    assert getattr(found, kind) == getattr(without, kind)
    for one in getattr(found, kind):
        where = reader.parse(" and ".join(filter(None, (rest, one.condition))))
        assert (await reader.movies(MovieSearch(where))).total == one.count, one


async def test_each_facet_is_a_condition_with_that_many_movies(reader: Reader) -> None:
    query = "(horror or romantic or title:nothing)"
    found = await facets(reader, reader.parse(query))
    assert set(found.ratios) == {"horror", "romantic"}
    ratios = [facet for buckets in found.ratios.values() for facet in buckets]
    assert sum(facet.count for facet in found.ratios["horror"]) == 4
    for facet in (*found.tags, *found.decades, *found.sources, *found.taggers, *ratios):
        where = reader.parse(f"({query}) and {facet.condition}")
        assert (await reader.movies(MovieSearch(where))).total == facet.count, facet


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hor", ["horror"]),
        ("Moonl", ["Moonlit Harbor (1998)"]),
        ("dun", ["Dune (1984)", "Dune (2021)"]),
        ("harb moo", ["Moonlit Harbor (1998)"]),
        ("", []),
        ("?!", []),
    ],
)
async def test_autocomplete(reader: Reader, text: str, expected: list[str]) -> None:
    found = (await suggest(reader, text)).suggestions
    assert [one.text for one in found if one.kind == "movie" or one.text == "horror"] == expected
    for one in found:
        answer = await reader.movies(MovieSearch(reader.parse(one.condition)))
        assert one.kind == "tag" or answer.total == 1


async def test_tags_by_a_later_word_and_by_spelling(reader: Reader) -> None:
    async def tags(text: str) -> list[str]:
        return [one.text for one in (await suggest(reader, text)).suggestions if one.kind == "tag"]

    assert (await tags("comed"))[0] == "comedy"
    assert "adult comedy" in await tags("comed")
    assert (await tags("horro"))[0] == "horror"
    assert "horror" in await tags("hororr")


def test_common_tags_do_not_decide() -> None:
    lifts = Lifts(100, {"dramatic": 0.6, "western": 0.01, "dark": 0.3})
    ours = weighted({"dramatic": 0.8, "western": 0.2}, lifts)
    western = weighted({"dramatic": 0.1, "western": 0.3, "dark": 0.0}, lifts)
    drama = weighted({"dramatic": 0.8, "dark": 0.2}, lifts)
    assert weighted_cosine(ours, western) > weighted_cosine(ours, drama)
    assert shared(ours, western) == ("western", "dramatic")
    assert weighted_cosine(ours, ours) == pytest.approx(1)
    assert weighted_cosine(ours, {}) == 0


async def test_similar_movies_are_those_of_the_greatest_cosine(reader: Reader) -> None:
    lifts = await reader.lifts()
    movies = [movie_from(sample_movies.movie_body(one, load("mpst"))) for one in SAMPLES]

    def vector(movie: Movie) -> dict[str, float]:
        return dict(weighted({tag: count.ratio for tag, count in movie.tags.items()}, lifts))

    left_out = 0
    for movie in movies:
        found = await similar(reader, movie, lifts, limit=100)
        expected = {
            other.movie_id: weighted_cosine(vector(movie), vector(other))
            for other in movies
            if other.movie_id != movie.movie_id and other.tags and movie.tags
        }
        assert {one.movie.movie_id for one in found.alike} == {
            other for other, likeness in expected.items() if likeness >= LEAST_LIKENESS
        }
        left_out += any(0 < likeness < LEAST_LIKENESS for likeness in expected.values())
        likenesses = [one.likeness for one in found.alike]
        assert likenesses == sorted(likenesses, reverse=True)
        for one in found.alike:
            assert one.likeness == pytest.approx(expected[one.movie.movie_id], abs=1e-3)
    assert left_out


@pytest.mark.parametrize(
    ("query", "movie", "fits", "why"),
    [
        ("horror and not comedy", "grin", True, ["horror", "not comedy"]),
        ("horror and not comedy", "laugh", False, ["not comedy"]),
        ("horror>=90% and year:2011", "grin", False, ["horror>=90%"]),
        ("text:scene and title:moon", "grin", False, ["title:moon"]),
        ("western or gothic", "grin", False, ["western", "gothic"]),
    ],
)
async def test_why_and_why_not(
    reader: Reader, query: str, movie: str, fits: bool, why: list[str]
) -> None:
    lifts = await reader.lifts()
    judged = await explain(reader, reader.parse(query), await reader.movie(movie), lifts)
    assert judged.fits is fits
    assert [reason.condition for reason in judged.why] == why
    answer = await reader.movies(MovieSearch(reader.parse(query)))
    assert (movie in {one.movie_id for one in answer.movies}) is fits
