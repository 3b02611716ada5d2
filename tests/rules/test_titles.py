from __future__ import annotations

import json
import re
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from movietag.errors import PermanentError
from movietag.records import Sources
from movietag.rules.envelopes import TitleFault
from movietag.rules.movie_ids import movie_id_of, title_in
from movietag.rules.reading.marks import decoded
from movietag.rules.reading.text import displayed
from movietag.rules.titles import MAX_TITLE, parse_title


@pytest.mark.parametrize(
    ("line", "title", "year"),
    [
        ("The Matrix (1999)", "The Matrix", 1999),
        ("  The Matrix  (1999) \r\n", "The Matrix", 1999),
        ("\ufeffHeat (1995)", "Heat", 1995),
        ("Heat(1995)", "Heat", 1995),
        ("Ｈｅａｔ （１９９５）", "Ｈｅａｔ", 1995),  # noqa: RUF001  # full-width letters are the point
        ("1917", "1917", None),
        ("1917 (2019)", "1917", 2019),
        ("(1999)", "(1999)", None),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
        ("Space Film (2999)", "Space Film (2999)", None),
        ("Old Film (1869)", "Old Film (1869)", None),
        ("Blade  Runner 2049", "Blade Runner 2049", None),
        ('"Her"', "Her", None),
        ("[REC] (2007)", "[REC]", 2007),
        ("기생충 (2019)", "기생충", 2019),
        ("パプリカ (2006)", "パプリカ", 2006),
        ("शोले (1975)", "शोले", 1975),
        ("null", "null", None),
        ("(1998) (1999)", "(1998)", 1999),
    ],
)
def test_a_line_of_text_is_title_and_year(line: str, title: str, year: int | None) -> None:
    parsed = parse_title(line.encode())
    assert (parsed.title, parsed.year) == (title, year)
    assert parsed.movie_id == movie_id_of(title, year)
    assert parsed.sources == Sources()
    assert parsed.refresh is False


def test_json_carries_every_field() -> None:
    sent = {
        "title": " Heat ",
        "year": 1995,
        "movie_id": "Heat.1995_한글-x",
        "urls": ["https://youtu.be/a", "https://youtu.be/a", " https://youtu.be/b "],
        "files": ["/data/a.mp4"],
        "images": ["/data/shoes"],
        "refresh": True,
    }
    parsed = parse_title(b" \n" + json.dumps(sent).encode())
    assert parsed.title == "Heat"
    assert parsed.movie_id == "Heat.1995_한글-x"
    assert parsed.sources == Sources(
        urls=("https://youtu.be/a", "https://youtu.be/b"),
        files=("/data/a.mp4",),
        images=("/data/shoes",),
    )
    assert parsed.refresh is True


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ({"title": "Heat (1995)"}, "Heat (1995)"),
        ({"title": "Heat(1995)", "year": 1995}, "Heat (1995)"),
        ({"title": "Heat （１９９５）"}, "Heat (1995)"),  # noqa: RUF001
        ({"title": "Heat (1995)", "year": 1996}, "Heat (1995) (1996)"),
        ({"title": "Heat (1995)", "year": 1995}, "Heat (1995) (1995)"),
        ({"title": "(1999)"}, "(1999)"),
        ({"title": "Space Film (2999)"}, "Space Film (2999)"),
        ({"title": "Heat", "year": None}, "Heat"),
    ],
)
def test_json_and_line_are_one_movie(sent: dict[str, object], line: str) -> None:
    assert parse_title(json.dumps(sent).encode()) == parse_title(line.encode())


def test_another_year_than_the_one_given_is_part_of_the_title() -> None:
    parsed = parse_title(b'{"title": "Heat (1995)", "year": 1996}')
    assert (parsed.title, parsed.year) == ("Heat (1995)", 1996)
    assert parsed.movie_id == movie_id_of("Heat (1995)", 1996)


def test_a_given_id_stays_whatever_the_title_says() -> None:
    parsed = parse_title(b'{"title": "Heat (1995)", "movie_id": "Mann.1"}')
    assert (parsed.title, parsed.year, parsed.movie_id) == ("Heat", 1995, "Mann.1")


def _json(**fields: object) -> bytes:
    return json.dumps({"title": "Heat", **fields}).encode()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null"),
        (b"", "blank"),
        (b" \r\n\t", "blank"),
        (b"\xef\xbb\xbf", "blank"),
        (b"\xff\xfeH\x00e\x00", "not UTF-8"),
        (b"Heat\nAlien", "several lines"),
        ("Heat\u2028Alien".encode(), "several lines"),
        (b"Heat\x00", "U+0000"),
        (b"Heat\x1b[31m", "U+001B"),
        (b"Heat\x07", "U+0007"),
        ("Heat\x9b31m".encode(), "U+009B"),
        (_json(title="He\rat"), "U+000D"),
        (b"Heat\tAlien", "U+0009"),
        ("\u202eHeat".encode(), "U+202E"),
        (b"x" * 301, "301 characters"),
        (b"x" * 10_240, "10,240 characters"),
        (b"x" * 70_000, "70,000 bytes"),
        (b"{", "JSON does not fit"),
        (b"{}", "title"),
        (b'{"title": "Heat"} {"title": "Alien"}', "JSON does not fit"),
        (b'{"title": ' + b"[" * 30_000, "JSON does not fit"),
        (_json(title=5), "$.title"),
        (_json(title="  "), "title is blank"),
        (_json(title="a\nb"), "U+000A"),
        (b'{"title": "\\ud800"}', "JSON does not fit"),
        (_json(year="next year"), "'next year'"),
        (_json(year=1995.5), "$.year"),
        (_json(year=True), "$.year"),
        (_json(year=1869), "1870 to 2100"),
        (_json(year=2101), "1870 to 2100"),
        (_json(director="Mann"), "director"),
        (_json(urls="https://youtu.be/a"), "$.urls"),
        (_json(urls=[1]), "$.urls"),
        (_json(urls=[""]), "urls has a blank"),
        (_json(urls=["https://youtu.be/" + "a" * 3000]), "2,048 characters"),
        (_json(urls=[f"https://youtu.be/{i}" for i in range(51)]), "51 entries"),
        (_json(files=[f"/data/{i}" for i in range(51)]), "51 entries"),
        (_json(images=[f"/data/{i}" for i in range(21)]), "21 entries"),
        (_json(files=["/data/a\x00b"]), "files has the control character"),
        (_json(movie_id=""), "movie_id"),
        (_json(movie_id="a/b"), "movie_id"),
        (_json(movie_id=".."), "movie_id"),
        (_json(movie_id="a b"), "movie_id"),
        (_json(movie_id="x" * 201), "movie_id"),
        (_json(refresh="yes"), "$.refresh"),
    ],
)
def test_what_does_not_fit_is_a_bad_title_that_says_why(value: bytes | None, said: str) -> None:
    with pytest.raises(PermanentError) as caught:
        parse_title(value)
    assert caught.value.kind in get_args(TitleFault)
    assert said in caught.value.reason
    assert "Send one line of text" in caught.value.reason
    assert len(caught.value.reason) < 1000  # a hostile title does not fill the log


@pytest.mark.parametrize(
    ("title", "year", "start"),
    [
        ("The Matrix", 1999, "the-matrix-1999-"),
        ("Amélie", 2001, "amélie-2001-"),
        ("기생충", 2019, "기생충-2019-"),
        ("शोले", None, "शोले-"),
        ("WALL·E", None, "wall-e-"),
        ("???", None, "movie-"),
        ("!", 1999, "movie-1999-"),
    ],
)
def test_movie_ids_read_like_the_title(title: str, year: int | None, start: str) -> None:
    assert re.fullmatch(re.escape(start) + "[0-9a-f]{8}", movie_id_of(title, year))


def test_a_movie_id_is_the_same_tomorrow() -> None:
    """The ids of stored movies: a change here would double every movie."""
    assert movie_id_of("The Matrix", 1999) == "the-matrix-1999-52ce52bb"


@given(st.binary(max_size=400) | st.binary(max_size=100).map(lambda tail: b"{" + tail))
def test_any_bytes_give_a_title_or_a_bad_title(value: bytes) -> None:
    try:
        title = parse_title(value)
    except PermanentError as error:
        assert error.kind in get_args(TitleFault)  # noqa: PT017  # either outcome is right
    else:
        assert 1 <= len(title.title) <= MAX_TITLE


words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40).filter(
    lambda text: not text.startswith("{") and displayed(decoded(text))
)


@example("Q000", 1870)  # with a year it is no id of Wikidata
@given(words, st.integers(1870, 2100))
def test_text_and_json_name_the_same_movie(title: str, year: int) -> None:
    line = parse_title(f"{title} ({year})".encode())
    given_json = parse_title(json.dumps({"title": title, "year": year}).encode())
    assert line == given_json
    assert line.movie_id != movie_id_of(line.title, None)


@given(words)
def test_a_movie_id_may_be_given_back(title: str) -> None:
    made = movie_id_of(title, None)
    assert parse_title(_json(movie_id=made)).movie_id == made
    assert len(made) <= 74


@given(words)
def test_case_and_blanks_do_not_matter(title: str) -> None:
    assert movie_id_of(f"  {title.casefold()} ", None) == movie_id_of(title, None)


@pytest.mark.parametrize(
    ("sent", "movie_id", "imdb", "tmdb"),
    [
        (b"Heat (1995) {imdb-tt0113277}", "tt0113277", "tt0113277", None),
        (b"Heat (1995) {tmdb-949}", "tmdb-949", None, 949),
        (b"Heat (1995) {tmdb-949} [tt0113277]", "tt0113277", "tt0113277", 949),
        (_json(imdb="TT0113277"), "tt0113277", "tt0113277", None),
        (_json(imdb="113277", tmdb="949"), "tt0113277", "tt0113277", 949),
        (_json(tmdb=949), "tmdb-949", None, 949),
        (_json(tmdb=949, movie_id="mann"), "mann", None, 949),
        (_json(movie_id="tt0113277"), "tt0113277", "tt0113277", None),
        (_json(title="Heat {tmdb-949}", tmdb=949), "tmdb-949", None, 949),
    ],
)
def test_ids_of_catalogues(sent: bytes, movie_id: str, imdb: str | None, tmdb: int | None) -> None:
    parsed = parse_title(sent)
    assert (parsed.movie_id, parsed.imdb, parsed.tmdb) == (movie_id, imdb, tmdb)
    assert parsed.title == "Heat"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"tt0113277", "`TITLE (YEAR) {imdb-tt0113277}`"),
        (b"https://www.imdb.com/title/tt0113277/", "`TITLE (YEAR) {imdb-tt0113277}`"),
        (b"https://www.themoviedb.org/movie/949-heat", "`TITLE (YEAR) {tmdb-949}`"),
        (b"https://www.youtube.com/watch?v=abc", '"urls"'),
        (b"Heat (1995) https://youtu.be/abc", '"urls"'),
        (b"Heat {tmdb-949} {tmdb-950}", "two ids of TMDB: 949, 950"),
        (_json(imdb="nm0000134"), "such as tt0113277"),
        (_json(imdb="x"), "such as tt0113277"),
        (_json(tmdb=0), "such as 949"),
        (_json(tmdb="heat"), "such as 949"),
        (_json(tmdb=True), "$.tmdb"),
        (_json(title="Heat {tmdb-949}", tmdb=950), "tmdb is 950, the title says 949"),
        (_json(title="tt0113277"), "an id alone is no title"),
    ],
)
def test_what_is_no_title_says_what_to_write(sent: bytes, said: str) -> None:
    with pytest.raises(PermanentError) as caught:
        parse_title(sent)
    assert said.casefold() in caught.value.reason.casefold()


@pytest.mark.parametrize(
    ("movie_id", "title"),
    [
        (movie_id_of("Moonlit Harbor", 1998), "moonlit harbor"),
        (movie_id_of("Moonlit Harbor", None), "moonlit harbor"),
        (movie_id_of("1917", 2019), "1917"),
        (movie_id_of("1917", None), "1917"),
        (movie_id_of("달빛 정원", 2011), "달빛 정원"),
        ("tt0113277", "tt0113277"),
        ("Moonlit Harbor (1998)", "Moonlit Harbor (1998)"),
        ("-" * 100_000, "-" * 100_000),
        ("", ""),
    ],
)
def test_the_words_of_the_title_in_an_id(movie_id: str, title: str) -> None:
    assert title_in(movie_id) == title
