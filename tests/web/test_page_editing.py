from __future__ import annotations

import pytest

from movietag.search.query import parse
from movietag.search.query.errors import QueryError
from movietag.search.tags import TagNames
from movietag.vocabulary import load
from movietag.web.keys import digest, holder, open_session
from movietag.web.pages.editing import added, chips, thresholded, without
from movietag.web.pages.mistakes import mistake
from movietag.web.pages.sessions import own_path
from movietag.web.pages.typing import typing

NAMES = TagNames(load("mpst"))


def test_chips_of_a_query() -> None:
    query = parse("horror>=30% and not comedy and year:1990..", NAMES)
    found = list(chips(query, 0.1))
    assert [(chip.side, chip.tag, chip.threshold) for chip in found] == [
        ("with", "horror", 30),
        ("without", "comedy", 10),
        ("other", None, None),
    ]
    assert found[0].removed == "not comedy and year:1990.."
    assert found[1].turned == "horror>=30% and comedy and year:1990.."


@pytest.mark.parametrize(
    ("query", "number", "at", "expected"),
    [
        ("horror", 0, 40, "horror>=40%"),
        ("horror>=40%", 0, 0, "horror"),
        ("cult and not horror", 1, 25, "cult and not horror>=25%"),
        ("not horror", 0, 0, "not horror>=1%"),
    ],
)
def test_a_slider_writes_the_query(query: str, number: int, at: int, expected: str) -> None:
    assert thresholded(parse(query, NAMES), number, at) == expected


def test_an_alternative_stays_whole() -> None:
    query = parse("horror or cult", NAMES)
    assert added(query, parse("comedy", NAMES)) == "(horror or cult) and comedy"
    assert added(parse("not cult", NAMES), parse("cult", NAMES)) == "cult"
    assert without(parse("cult", NAMES), parse("cult", NAMES)) == ""
    assert without(query, parse("cult", NAMES)) is None


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("horror and com", "com"),
        ("-com", "com"),
        ('"plot tw', "plot tw"),
        ("(sci-f", "sci-f"),
        ("horror and", None),
        ("horror>=3", None),
        ("year:19", None),
        ("", None),
    ],
)
def test_what_is_being_typed(query: str, word: str | None) -> None:
    found = typing(query)
    assert (found.word if found else None) == word


def test_a_slip_and_its_ways_out() -> None:
    query = "horror and comdy"
    with pytest.raises(QueryError) as raised:
        parse(query, NAMES)
    found = mistake(raised.value, query, NAMES)
    assert (found.before, found.at, found.after) == ("horror and ", "comdy", "")
    assert found.ways[0].query == "horror and comedy"


def test_sessions_end_with_time_and_key() -> None:
    key, other = digest("a" * 16), digest("b" * 16)
    session = open_session(key, 1000)
    assert holder(session, {key, other}, 999) == key
    assert holder(session, {key}, 1000) is None
    assert holder(session, {other}, 999) is None
    assert holder(session.replace("1000", "2000"), {key}, 999) is None


@pytest.mark.parametrize("then", ["//evil", "/\\evil", "https://evil", "/login", "/a\nb"])
def test_signing_in_leads_nowhere_else(then: str) -> None:
    assert own_path(then) == "/"
    assert own_path("/?q=horror") == "/?q=horror"
