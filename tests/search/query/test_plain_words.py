from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.search.query import parse, render
from movietag.search.query.plain import plain_words
from movietag.search.query.tags import TagNames
from movietag.vocabulary import load

NAMES = TagNames(load("mpst"))


@pytest.mark.parametrize(
    ("text", "title", "others"),
    [
        ("moonlit harbor", 'title:"moonlit harbor"', ["text:moonlit and text:harbor"]),
        ("moonlit - harbor", 'title:"moonlit harbor"', ["text:moonlit and text:harbor"]),
        ('"moonlit harbor"', 'title:"moonlit harbor"', ['text:"moonlit harbor"']),
        ("it's", "title:it's", ["text:it's"]),
        ("1999", "year:1999 or title:1999", ["text:1999"]),
        ("1990s", "year:1990..1999 or title:1990s", ["text:1990s"]),
        (
            "Matrix (1999)",
            'title:Matrix and (year:1999 or title:"(1999)")',
            ["text:Matrix and year:1999"],
        ),
        (
            "dark castle",
            'title:"dark castle"',
            ["dark and title:castle", "dark and text:castle", "text:dark and text:castle"],
        ),
        (
            "home movie lighthouse",
            'title:"home movie lighthouse"',
            [
                '"home movie" and title:lighthouse',
                '"home movie" and text:lighthouse',
                "text:home and text:movie and text:lighthouse",
            ],
        ),
        ("war and peace", 'title:"war and peace"', ["text:war and text:peace"]),
        ("the the", 'title:"the the"', ["text:the"]),
    ],
)
def test_readings(text: str, title: str, others: list[str]) -> None:
    plain = plain_words(text, NAMES)
    assert plain is not None
    assert render(plain.whole_title.node) == title
    assert [render(one.node) for one in plain.others()] == others


@pytest.mark.parametrize(
    "text",
    [
        "horror>=30% castle",
        "horror | castle",
        "castle -horror",
        "castle !horror",
        "year:1999 castle",
        "tag:horror castle",
        "(horror or castle)",
        "castle (horror)",
        "",
        "?!",
        "word " * 100,
    ],
)
def test_queries_are_no_plain_words(text: str) -> None:
    assert plain_words(text, NAMES) is None


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("not lighthouse", True),
        ("horror and lighthouse", True),
        ("titel:moon", True),
        ("war and peace", False),
        ("2001: a space odyssey", False),
    ],
)
def test_words_that_may_be_a_query(text: str, query: bool) -> None:
    plain = plain_words(text, NAMES)
    assert plain is not None
    assert plain.is_query is query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("home movie", '"home movie"'),
        ("horror, comedy", "horror and comedy"),
        ("horror 1999", "horror and year:1999"),
        ("horror castle", None),
        ("horror and comedy", None),
        ("1999", None),
    ],
)
def test_tags_alone(text: str, query: str | None) -> None:
    plain = plain_words(text, NAMES)
    assert plain is not None
    assert (plain.tags_alone and render(plain.tags_alone)) == query


@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(
            ["horror", "home", "movie", "castle", "1999", "and", "not", "'", '"', ",", "(", "90s"]
        )
    ).map(" ".join)
)
def test_every_reading_is_a_query(text: str) -> None:
    plain = plain_words(text, NAMES)
    if plain is not None:
        for one in (plain.whole_title, *plain.others()):
            assert render(parse(render(one.node), NAMES)) == render(one.node)
