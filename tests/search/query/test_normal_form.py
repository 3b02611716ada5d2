"""What is left of a query without its conditions on words: nothing, where it has no others."""

from __future__ import annotations

import pytest

from movietag.search.query import EVERYTHING, parse, render
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.tags import TagNames
from movietag.vocabulary import load

NAMES = TagNames(load("mpst"))


@pytest.mark.parametrize(
    "query",
    [
        "text:harbor",
        "text:harbor and title:moonlit",
        "text:harbor or title:moonlit",
        "text:harbor or horror",
        "not text:harbor and (title:moonlit or not title:harbor)",
    ],
)
def test_nothing_is_left(query: str) -> None:
    assert NormalQuery.of(parse(query, NAMES)).without_texts().node == EVERYTHING


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("text:harbor and horror", "horror"),
        ("horror and text:harbor and (comedy or year:1999)", "horror and (comedy or year:1999)"),
        ("(comedy or text:harbor) and horror", "horror"),
        ("horror or comedy", "horror or comedy"),
    ],
)
def test_other_conditions_are_left(query: str, rest: str) -> None:
    assert render(NormalQuery.of(parse(query, NAMES)).without_texts().node) == rest
