"""The pure parts of the pages: queries as chips, what is being typed, slips, figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.search.query import Node, parse, render
from movietag.search.query.errors import QueryError
from movietag.search.query.nodes import And, Not, Or, Tag
from movietag.search.query.tags import TagNames
from movietag.vocabulary import load
from movietag.web.pages.editing import (
    chips,
    conditions,
    typing,
    typings,
    with_condition,
    with_threshold,
    without_condition,
)
from movietag.web.pages.mistakes import mistake
from movietag.web.pages.rendering import clock, rounded_percent, times, web_link

NAMES = TagNames(load("mpst"))
WORDS = st.sampled_from(["horror", "comedy", "plot twist", "sci-fi"])
RATIOS = st.integers(1, 100).map(lambda percent: percent / 100)
TAGS = st.builds(Tag, WORDS) | st.builds(Tag, WORDS, st.just(">="), RATIOS)
PARTS = (
    TAGS
    | TAGS.map(Not)
    | st.lists(TAGS, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts)))
)
QUERIES = st.lists(PARTS, min_size=2, max_size=4).map(lambda parts: And(tuple(parts))) | PARTS


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
    assert with_threshold(parse(query, NAMES), number, at) == expected


@given(QUERIES)
def test_every_change_of_a_chip_can_be_read_again(query: Node) -> None:
    parts = conditions(query)
    for chip, part in zip(chips(query, 0.1), parts, strict=True):
        left = conditions(parse(chip.removed, NAMES)) if chip.removed else ()
        assert left == parts[: chip.number] + parts[chip.number + 1 :]
        assert (chip.tag is None) == (chip.turned is None) == isinstance(part, Or)
        if chip.turned is not None:
            turned = conditions(parse(chip.turned, NAMES))[chip.number]
            tag = Tag(str(chip.tag))
            assert turned == (tag if isinstance(part, Not) else Not(tag))


@given(QUERIES, TAGS)
def test_a_condition_is_added_once_in_place_of_its_contrary(query: Node, condition: Node) -> None:
    once = parse(with_condition(query, condition), NAMES)
    assert condition in conditions(once)
    assert Not(condition) not in conditions(once)
    assert with_condition(once, condition) == render(once)


def test_an_alternative_stays_whole() -> None:
    query = parse("horror or cult", NAMES)
    assert with_condition(query, parse("comedy", NAMES)) == "(horror or cult) and comedy"
    assert with_condition(parse("not cult", NAMES), parse("cult", NAMES)) == "cult"
    assert without_condition(parse("cult", NAMES), parse("cult", NAMES)) == ""
    assert without_condition(query, parse("cult", NAMES)) is None


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("horror and com", "com"),
        ("-com", "com"),
        ('"plot tw', "plot tw"),
        ("(sci-f", "sci-f"),
        ("moonlit har", "har"),
        ("horror and", None),
        ("horror>=3", None),
        ("year:19", None),
        ("", None),
    ],
)
def test_what_is_being_typed(query: str, word: str | None) -> None:
    found = typing(query)
    assert (found.word if found else None) == word


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("moonlit har", ["moonlit har", "har"]),
        ("horror and dark moonlit har", ["dark moonlit har", "moonlit har", "har"]),
        ("year:1999 moonlit har", ["moonlit har", "har"]),
        ("text:moonlit har", ["har"]),
        ('"moonlit har', ["moonlit har"]),
        ("a b c d e f g", ["c d e f g", "d e f g", "e f g", "f g", "g"]),
        ("moonlit and", []),
    ],
)
def test_words_that_are_being_typed(query: str, texts: list[str]) -> None:
    found = list(typings(query))
    assert [one.word for one in found] == texts
    assert all(one.before + one.word == query.replace('"', "") for one in found)


def test_a_slip_and_its_ways_out() -> None:
    query = "horror and comdy"
    with pytest.raises(QueryError) as raised:
        parse(query, NAMES)
    found = mistake(raised.value, query, NAMES)
    assert (found.before, found.at, found.after) == ("horror and ", "comdy", "")
    assert found.corrections[0] == "horror and comedy"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://youtu.be/x&t=3s", True),
        ("http://127.0.0.1:9/a.mp4#t=3", True),
        ("JAVASCRIPT:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//evil.example", False),
        ("/films/a.mp4", False),
        ("http://[x", False),
    ],
)
def test_links_that_may_be_followed(url: str, expected: bool) -> None:
    assert web_link(url) == (url if expected else None)


def test_figures_as_people_read_them() -> None:
    assert [times(lift)[:-1] for lift in (0.0, 3.14, 12.3)] == ["0.0", "3.1", "12"]
    assert (rounded_percent(0.7683), rounded_percent(0.7683, 2)) == ("77%", "76.83%")
    assert [clock(seconds) for seconds in (9.99, 75, 3661)] == ["0:09", "1:15", "1:01:01"]
