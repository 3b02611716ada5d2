"""`about:` in the query language."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from query_trees import WORDS

from movietag.search.query import QueryError, both, parse, render
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import About, Tag, Year
from movietag.search.query.tags import TagNames
from movietag.vocabulary import from_lines, words

NAMES = TagNames(from_lines("x", ["horror", "comedy"]))


@pytest.mark.parametrize(
    ("query", "problem", "position"),
    [
        ("about:dogs or horror", "not allowed in an `or`", 0),
        ("horror and not about:dogs", "not allowed in an `or` or after `not`", 15),
        ("(horror or (about:dogs comedy))", "not allowed", 12),
        ("about:dogs about:cats", "only one about:", 11),
        ("about:dog*", "takes no \\*", 6),
        ('about:"?!"', "needs a word", 6),
        (f'about:"{"a " * 65}"', "takes at most 64 words; got 65", 6),
    ],
)
def test_what_cannot_be_read(query: str, problem: str, position: int) -> None:
    for kind in get_args(Kind):
        with pytest.raises(QueryError, match=problem) as told:
            parse(query, NAMES, kind)
        assert told.value.position == position


def test_what_can() -> None:
    assert parse("not not about:dogs", NAMES) == About("dogs")
    found = parse('horror (ABOUT: "a dog" year:1999)', NAMES, "frames")
    assert found == both(Tag("horror"), About("a dog"), Year(1999, 1999))
    assert parse(render(found), NAMES, "frames") == found


@given(WORDS.filter(lambda text: 0 < len(words(text)) <= 64))
def test_whatever_the_words(text: str) -> None:
    asked = both(Tag("horror"), About(text))
    assert parse(render(asked), NAMES) == asked
