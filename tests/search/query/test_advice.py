# characters as people type them
"""The advice of invalid queries: it can be parsed, and means what was written."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.search.query import Node, QueryError, parse, render
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import And, Comparison, Not, Or, Tag, Year, negated, quoted
from movietag.search.query.tags import TagNames
from movietag.vocabulary import load

NAMES = TagNames(load("mpst"))
TAGS = st.sampled_from(["horror", "comedy", "western", "sci-fi", "plot twist", "home movie"])
PERCENT = st.integers(2, 100) | st.sampled_from([12.5, 33.25])
TURNED: dict[Comparison, Comparison] = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}
SPOKEN: dict[Comparison, str] = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "less than",
}


def advice(query: str, kind: Kind = "movies") -> tuple[str, ...]:
    with pytest.raises(QueryError) as error:
        parse(query, NAMES, kind)
    assert all(parse(one, NAMES, kind) for one in error.value.advice)
    return error.value.advice


def written(percent: float) -> st.SearchStrategy[str]:
    number = f"{percent:g}"
    forms = [f"{number}%", f"{number} percent", f"{number} pct", number.replace(".", ",") + " %"]
    return st.sampled_from(
        [*forms, f"{percent / 100:g}".replace("0.", ".") if percent < 100 else forms[0]]
    )


@st.composite
def compared(draw: Callable[[Any], Any]) -> tuple[str, Node]:
    """A condition on a ratio in a form that is no query, and what it means."""
    tag, percent = draw(TAGS), draw(PERCENT)
    ratio, sign = draw(written(percent)), draw(st.sampled_from(list(TURNED)))
    gap = draw(st.sampled_from(["", " "]))
    name = draw(st.sampled_from([tag, quoted(tag)]))
    least = Tag(tag, ">=", percent / 100)
    condition = Tag(tag, sign, percent / 100)
    forms: list[tuple[str, Node]] = [
        (f"{name}{gap}={gap}{ratio}", least),
        (f"{name}{gap}=={gap}{ratio}", least),
        (f"{name}:{gap}{ratio}", least),
        (f"{ratio}{gap}{TURNED[sign]}{gap}{name}", condition),
        (f"{name} {SPOKEN[sign]} {ratio}", condition),
        (f"{name} is {SPOKEN[sign]} {ratio}", condition),
        (f"{name}{gap}{sign}{gap}{percent:g}", condition),
    ]
    if "." not in ratio or "%" in ratio:
        forms += [(f"{name} {percent:g}%", least), (f"{percent:g}% {name}", least)]
    form: tuple[str, Node] = draw(st.sampled_from(forms))
    return form


@st.composite
def joined(draw: Callable[[Any], Any]) -> tuple[str, Node]:
    """Conditions joined as people join them, in a form that is no query, and what they mean."""
    one, other = draw(st.lists(TAGS, min_size=2, max_size=2, unique=True))
    first, second = Tag(one), Tag(other)
    one, other = quoted(one), quoted(other)
    low, high = sorted(draw(st.lists(st.integers(2, 100), min_size=2, max_size=2, unique=True)))
    year = draw(st.integers(1900, 2030))
    span = And((Tag(first.tag, ">=", low / 100), Tag(first.tag, "<=", high / 100)))
    inside = And((Tag(first.tag, ">", low / 100), Tag(first.tag, "<", high / 100)))
    forms: list[tuple[str, Node]] = [
        (f"{one} without {other}", And((first, Not(second)))),
        (f"{one} but not {other}", And((first, Not(second)))),
        (f"{one} except {other}", And((first, Not(second)))),
        (f"no {one}", Not(first)),
        (f"neither {one} nor {other}", And((Not(first), Not(second)))),
        (f"{one}, {other}", And((first, second))),
        (f"{one} + {other}", And((first, second))),
        (f"{one} / {other}", Or((first, second))),
        (f"genre:{one} {other}", And((first, second))),
        (f"{one} or or {other}", Or((first, second))),
        (f"and {one} {other}", And((first, second))),
        (f"({one} or {other}", Or((first, second))),
        (f"{one} or {other})", Or((first, second))),
        (f"{one} {low}%..{high}%", span),
        (f"{one} {low}-{high}%", span),
        (f"{one} between {low}% and {high}%", span),
        (f"{low}%<{one}<{high}%", inside),
        (f"{high}%>{one}>{low}%", inside),
        (f"{one} before {year}", And((first, Year(None, year - 1)))),
        (f"{one} since {year}", And((first, Year(year, None)))),
        (f"{one} from {year - 5} to {year}", And((first, Year(year - 5, year)))),
        (f"{one} year!={year}", And((first, negated(Year(year, year))))),
        (f"{one} year:{year},{year + 1}", And((first, Or((Year(year, year), Year(year + 1, year + 1)))))),
        (f"{one} {year - 5}<=year<{year}", And((first, Year(year - 5, year - 1)))),
    ]  # fmt: skip
    form: tuple[str, Node] = draw(st.sampled_from(forms))
    return form


@given(compared() | joined())
def test_advice_means_what_was_written(form: tuple[str, Node]) -> None:
    text, meaning = form
    assert [set_of(parse(one, NAMES)) for one in read_or_advised(text)[:1]] == [set_of(meaning)]


def read_or_advised(query: str) -> tuple[str, ...]:
    """The query itself if it is valid, else its advice."""
    try:
        return (render(parse(query, NAMES)),)
    except QueryError as error:
        return error.advice


def set_of(node: Node) -> object:
    """A node, whatever the order of its parts."""
    if isinstance(node, And | Or):
        return type(node), frozenset(map(set_of, node.parts))
    return (Not, set_of(node.part)) if isinstance(node, Not) else node


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("horror>=1/4", ["horror>=25%"]),
        ("horror(30%)", ["horror>=30%"]),
        ("horror!=30%", ["horror<30% or horror>30%"]),
        ("comedy=20% and horror>50", ["comedy>=20% and horror>50%"]),
        (">=30% horror", ["horror>=30%"]),
        ("horror, comedy", ["horror and comedy", "horror or comedy"]),
        ("western/comedy", ["western or comedy", "western and comedy"]),
        ('"horror', ["horror"]),
        ('"plot twist and horror', ['"plot twist" and horror']),
        ("plot twist and horror", ['"plot twist" and horror']),
        ("horror>=101%", ["horror>=100%"]),
        ("at least 30% horror", ["horror>=30%"]),
        ("more than 30 % comedy", ["comedy>30%"]),
        ("horor and comedy", ["horror and comedy", "title:horor and comedy", "text:horor and comedy"]),
        ("horror and silver lantern", ['horror and title:"silver lantern"', 'horror and text:"silver lantern"']),
        ("title:moonlit harbor", ['title:"moonlit harbor"', "title:moonlit and title:harbor", "title:moonlit and text:harbor"]),
        ("titel:moon", ["title:moon"]),
        ("tag:horror>=30%", ["horror>=30%"]),
        ("status:finished", ["status:complete"]),
        ("source:youtube", ["source:search", "source:url"]),
        ("horr* comedy", ["horror and comedy", "title:horr and comedy", "text:horr* and comedy"]),
        ("before 1990", ["year:..1989"]),
        ("castle", ["title:castle", "text:castle"]),
        ("castle>=30%", ["title:castle", "text:castle"]),
        ("horror>=half", ["horror>=50%"]),
        ("horror>=-3%", ["horror>=0%"]),
        ("horror>=", ["horror>=30%"]),
        ("horror>=30% <50%", ["horror>=30% and horror<50%"]),
        ("tag:horor>=30%", ["horror>=30%"]),
        ("genre:plot twist", ['"plot twist"']),
        ("horror oder comedy", ["horror or comedy"]),
        ("horror nicht comedy", ["horror and not comedy"]),
        ("find horror and comedy films from the 90s", ["horror and comedy and year:1990..1999"]),
        ("[horror or {comedy}]", ["horror or comedy"]),
        ("status:complete,failed", ["status:complete or status:failed"]),
        ("year:[1990 TO 1999}", ["year:1990..1998"]),
        ("year:1990 or 1999", ["year:1990 or year:1999"]),
        ("year:99", ["year:1999"]),
        ("year:soon", ["year:1990..1999"]),
        ("title:M*A*S*H", ['title:"M*A*S*H"']),
        ("about:a castle!", ['about:"a castle!"']),
        ("text:", ["text:castle"]),
    ],
)  # fmt: skip
def test_advice(query: str, expected: list[str]) -> None:
    assert list(advice(query)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("horror>=30%", ["horror"]),
        ("horror<30% comedy", ["not horror and comedy"]),
        ("murder and status:failed", ["murder"]),
    ],
)
def test_advice_for_scenes(query: str, expected: list[str]) -> None:
    assert list(advice(query, "frames")) == expected


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("comdy", ["comedy"]),
        ("wester", ["western"]),
        ("fantasi", ["fantasy"]),
        ("tragedies", ["tragedy"]),
        ("romance", ["romantic"]),
        ("psych", ["psychedelic", "psychological"]),
        ("brianwashing", ["brainwashing"]),
        ("castle", []),
        ("lantern", []),
        ("moonlit", []),
        ("crimson", []),
        ("cellar", []),
        ("park", []),
        ("war", []),
        ("house", []),
        ("youtube", []),
        ("x", []),
    ],
)
def test_only_tags_that_are_near_are_offered(word: str, near: list[str]) -> None:
    assert NAMES.nearest(word) == near


PIECES = [*["horror", "comedy", "castle", "plot", "twist", "year", "title", "text", ":", ">=", "<", "30%", "1999", ",", "|", "&", "!", "(", ")", "'", '"', "-", "*", "=", "and", "or", "not", "without", "between", "10%", "0,3", "genre", "status", "failed"], "≥", "“", "”", "\ue000", "\x00"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=9), st.sampled_from(["", " "]))
def test_every_error_has_advice_and_it_can_be_parsed(pieces: list[str], gap: str) -> None:
    advised = read_or_advised(gap.join(pieces))
    assert advised
    for one in advised:
        assert render(parse(one, NAMES)) == one


ENDLESS = [
    "1" * 299,
    f"horror{' ' * 280}>",
    "«「" * 149,
    "." * 299,
    "year:" + "." * 290,
    "horror is " * 29,
    "[" * 299,
]


@pytest.mark.parametrize("text", ENDLESS)
def test_no_text_takes_long_to_advise(text: str) -> None:
    """One of 490 digits took four seconds: patterns tried each part of it with each other one."""

    def seconds(query: str) -> float:
        began = process_time()
        read_or_advised(query)
        return process_time() - began

    ordinary = max(seconds("horor and castle and year:soon") for _ in range(5))
    assert min(seconds(text) for _ in range(2)) < 20 * ordinary
