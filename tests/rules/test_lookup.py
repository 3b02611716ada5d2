"""What a user typed means the movie that `add` would make of it."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import PermanentError, UsageError
from movietag.rules.lookup import lookup
from movietag.rules.titles import parse_title
from movietag.search.results import Movie


def a_movie(movie_id: str, title: str, year: int | None = None) -> Movie:
    return Movie(movie_id, title, year, "complete", "", 1, 1, 0, {}, "t", "v", 1, (), 1, 1)


def added(message: str) -> Movie:
    """The movie that is there once this was added."""
    title = parse_title(message.encode())
    return a_movie(title.movie_id, title.title, title.year)


OTHERS = [
    a_movie("heat-86", "Heat", 1986),
    a_movie("HEAT", "Body Heat", 1981),
    a_movie("old-json", "Seen (1999)"),
]


@pytest.mark.parametrize(
    "text",
    [
        "Heat (1995)",
        "  Heat   (1995) ",
        "Heat(1995)",
        "heat (1995)",
        "\ufeffHeat (1995)",
        "Ｈｅａｔ （１９９５）",  # noqa: RUF001  # full-width letters are the point
        '{"title": "Heat", "year": 1995}',
        ' {"title": "HEAT (1995)"}',
        '{"title": "Heat", "year": 1995, "refresh": true, "urls": ["https://youtu.be/x"]}',
        parse_title(b"Heat (1995)").movie_id,
        parse_title(b"Heat (1995)").movie_id.upper(),
    ],
)
def test_all_that_add_takes(text: str) -> None:
    heat = added("Heat (1995)")
    assert lookup(text).exactly([*OTHERS, heat]) == [heat]
    assert lookup(text).exactly(OTHERS) == []


def test_decomposed_accents() -> None:
    amelie = added("Le Fabuleux Destin d\u2019Amélie (2001)")
    text = unicodedata.normalize("NFD", "le fabuleux destin d\u2019amélie  (2001)")
    assert lookup(text).exactly([*OTHERS, amelie]) == [amelie]


def test_an_id_that_was_given() -> None:
    mann = added('{"title": "Heat", "year": 1995, "movie_id": "Mann.1995_X"}')
    for text in ("Mann.1995_X", "Heat (1995)", '{"title": "Other", "movie_id": "Mann.1995_X"}'):
        assert lookup(text).exactly([*OTHERS, mann]) == [mann]
    assert lookup('{"title": "Heat", "movie_id": "else"}').exactly([*OTHERS, mann]) == []


def test_first_the_movie_that_add_would_make() -> None:
    of_no_year, of_95 = added("Heat"), added("Heat (1995)")
    assert lookup("heat").exactly([of_95, *OTHERS, of_no_year]) == [of_no_year]
    assert lookup("heat").exactly([of_95, OTHERS[0]]) == [of_95, OTHERS[0]]
    assert lookup("Heat (1986)").exactly([of_95, *OTHERS]) == [OTHERS[0]]
    assert lookup("HEAT").exactly([of_95, *OTHERS]) == [OTHERS[1]]  # ids come first


def test_a_year_that_is_part_of_the_stored_title() -> None:
    assert lookup("Seen (1999)").exactly(OTHERS) == [OTHERS[2]]


@pytest.mark.parametrize("text", ["", " ", "Heat\x00", "\udcff", "x" * 5000])
def test_what_no_title_is(text: str) -> None:
    assert lookup(text).exactly(OTHERS) == []


def test_json_that_does_not_fit() -> None:
    with pytest.raises(UsageError, match="director"):
        lookup('{"title": "Heat", "director": "Mann"}')


texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40)


@given(texts, st.none() | st.integers(1870, 2100), st.booleans())
def test_what_was_added_is_found_by_the_same_text(
    title: str, year: int | None, as_json: bool
) -> None:
    text = json.dumps({"title": title, "year": year}) if as_json else f"{title} ({year})"
    try:
        movie = added(text)
    except PermanentError:
        return
    assert lookup(text).exactly([*OTHERS, movie]) == [movie]


def test_ids_of_catalogues() -> None:
    by_imdb, by_tmdb = added("Rage (2009) {imdb-tt0000001}"), added("Rage (2009) {tmdb-2}")
    plain = added("Rage (2009)")
    movies = [*OTHERS, by_imdb, by_tmdb, plain]
    for text in ("tt0000001", "https://www.imdb.com/title/tt0000001/", "Rage {imdb-tt0000001}"):
        assert lookup(text).exactly(movies) == [by_imdb]
    for text in ("tmdb-2", "tmdb:2", "Rage (2009) [tmdbid-2]", '{"title": "Rage", "tmdb": 2}'):
        assert lookup(text).exactly(movies) == [by_tmdb]
    assert lookup("Rage (2009)").exactly(movies) == [plain]
    assert lookup("Rage").exactly(movies) == [by_imdb, by_tmdb, plain]
    assert lookup("Rage (2009) {imdb-tt0000003}").exactly([*OTHERS, by_imdb]) == []
    assert lookup("Rage (2009) {imdb-tt0000003}").exactly([*OTHERS, plain]) == [plain]
    assert lookup("Rage (2009) {imdb-tt3} {tmdb-2}").exactly(movies) == [by_tmdb]


def test_a_line_as_a_library_has_it() -> None:
    heat = added("Heat (1995)")
    for text in ("Heat (1995) [1080p].mkv", "Heat.1995.1080p.BluRay.x264-GROUP", "- Heat (1995),"):
        assert lookup(text).exactly([*OTHERS, heat]) == [heat]
    article = added("Matrix, The (1999)")
    assert lookup("The Matrix").exactly([*OTHERS, article]) == [article]
    assert lookup("Matrix, The").exactly([*OTHERS, article]) == [article]
