"""A line, its JSON form and the title that is shown are one movie, whatever the line holds."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import PermanentError
from movietag.records import Title
from movietag.rules.titles import parse_title

PIECES = (
    *("Heat", "The", "1917", "2012", "of", "S.W.A.T.", "é", "기생충", "七人の侍", "½", "³", "™", "I", "A"),
    *("(1995)", "[1995]", "（1995年）", "(1995/II)", "(2011 film)", "(Mann, 1995)", "(I)", "(", ")", "[", "]"),  # noqa: RUF001
    *("[1080p]", "(Director's Cut)", "{edition-Uncut}", "(Foo)", "(Le Feu)", "(a.k.a. X)", "[REC]", "[Group]"),
    *('"', "'", "“", "”", "『", "』", "*", "**", "_", "`", "-", "–", "•", "|", ",", ";", ":", ".", "/", "\\"),  # noqa: RUF001
    *(", The", ", L'", "1.", "12)", "01 -", ".mkv", ".avi", "1080p", "x264", "BluRay", "GERMAN", "cd1", "part 2"),
    *("tt0113277", "{tmdb-949}", "[imdbid-tt0113277]", "\u200b", "\u200f", "\u00ad", "\u200d", "&amp;", "<i>", "</i>"),
)  # fmt: skip
lines = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).flatmap(
    lambda parts: st.sampled_from(["", " ", "."]).map(lambda mark: mark.join(parts))
)


def parsed(sent: str) -> Title | None:
    try:
        return parse_title(sent.encode())
    except PermanentError:
        return None


def shown(title: Title) -> str:
    return f"{title.title} ({title.year})" if title.year else title.title


@given(lines)
def test_what_is_shown_is_read_as_itself(line: str) -> None:
    title = parsed(line)
    if title is None:
        return
    ids = {"imdb": title.imdb, "tmdb": title.tmdb}
    form = {"title": title.title, "year": title.year, **ids}
    assert parsed(json.dumps(form)) == title
    plain = parsed(json.dumps({"title": title.title, "year": title.year}))
    if not title.title.startswith("{"):
        assert parsed(shown(title)) == plain


@given(lines)
def test_a_line_and_its_json_are_one_movie(line: str) -> None:
    if not line.startswith("{"):
        assert parsed(json.dumps({"title": line})) == parsed(line)


@pytest.mark.parametrize(
    "line",
    [
        *("a." * 150, "(" * 300, "()" * 150, "(a)" * 100, "[1080p]" * 42, "* " * 150, "1. " * 100),
        *(",;" * 150, "((1995)" * 42, "x264-" * 60, "S01E02." * 42, "Heat.1995." * 30, "“" * 150 + "”" * 150),
        *("A, The, " * 37, "(a.k.a. b) " * 27, "/a" * 150, "_" * 300, "'" * 300, "The.Director's.Cut." * 15),
    ],
)  # fmt: skip
def test_a_hostile_line_takes_no_time(line: str) -> None:
    parsed("Heat.1080p.mkv")  # guessit is loaded
    began = time.process_time()
    parsed(line)
    assert time.process_time() - began < 0.8


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Me, Myself &amp;amp; Irene", "Me, Myself & Irene"),
        ("Ocean&amp;#39;s Eleven", "Ocean's Eleven"),
    ],
)
def test_what_a_page_encoded_twice_is_decoded_twice(line: str, title: str) -> None:
    found = parse_title(line.encode())
    assert found.title == title
    assert parse_title(title.encode()) == found
