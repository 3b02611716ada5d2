"""Values of facets that a query selects: any of several decades or sources, all or any of several tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.search.query import Node, parse, render
from movietag.search.query.selecting import (
    FACET_KINDS,
    FacetKind,
    any_tag,
    every_tag,
    selection,
    with_value,
    without_selection,
    without_value,
)
from movietag.search.query.tags import TagNames
from movietag.vocabulary import from_lines

NAMES = TagNames(from_lines("films", ["horror", "comedy", "sci-fi"]))
VALUES: dict[FacetKind, list[str]] = {
    "tags": ["horror", "comedy", "sci-fi"],
    "decades": ["year:1980..1989", "year:1990..1999", "year:2010..2019"],
    "sources": ["source:search", "source:url", "source:file"],
    "statuses": ["status:complete", "status:failed"],
    "taggers": ["tagger:a", "tagger:b"],
    "movies": ["movie:heat", "movie:up"],
}
STEPS = st.lists(
    st.sampled_from([(kind, value) for kind, values in VALUES.items() for value in values]),
    max_size=6,
)


def read(query: str) -> Node:
    return parse(query, NAMES)


@pytest.mark.parametrize(
    ("query", "kind", "value", "expected"),
    [
        ("", "decades", "year:1990..1999", "year:1990..1999"),
        ("year:1980..1989", "decades", "year:1990..1999", "year:1980..1989 or year:1990..1999"),
        (
            "horror and (source:url or source:file)",
            "sources",
            "source:search",
            "horror and (source:url or source:file or source:search)",
        ),
        ("not source:url", "sources", "source:url", "source:url"),
        ("year:1985..", "decades", "year:1990..1999", "year:1985.. and year:1990..1999"),
        ("horror", "tags", "comedy", "horror and comedy"),
        ("horror or comedy", "tags", "sci-fi", "horror or comedy or sci-fi"),
        (
            "(horror or comedy) year:1990..1999",
            "tags",
            "sci-fi",
            "(horror or comedy or sci-fi) and year:1990..1999",
        ),
        ("horror or year:1980..1989", "tags", "comedy", "(horror or year:1980..1989) and comedy"),
    ],
)
def test_a_value_more(query: str, kind: FacetKind, value: str, expected: str) -> None:
    assert render(with_value(read(query), kind, read(value))) == expected


@pytest.mark.parametrize(
    ("query", "kind", "value", "expected"),
    [
        ("source:url or source:file", "sources", "source:url", "source:file"),
        ("source:file", "sources", "source:file", ""),
        ("horror and comedy", "tags", "comedy", "horror"),
        ("horror or comedy", "tags", "comedy", "horror"),
        ("horror", "sources", "source:file", None),
    ],
)
def test_a_value_less(query: str, kind: FacetKind, value: str, expected: str | None) -> None:
    left = without_value(read(query), kind, read(value))
    assert (None if left is None else render(left)) == expected


def test_all_or_any_of_the_tags() -> None:
    some = any_tag(read("horror and year:1990..1999 and comedy"))
    assert some is not None
    assert render(some) == "(horror or comedy) and year:1990..1999"
    every = every_tag(some)
    assert every is not None
    assert render(every) == "horror and comedy and year:1990..1999"
    assert any_tag(read("horror and not comedy")) is None
    assert every_tag(read("horror and comedy")) is None


@given(STEPS)
def test_what_was_picked_can_be_dropped_again_in_any_order(
    steps: list[tuple[FacetKind, str]],
) -> None:
    query = read("")
    for kind, value in steps:
        query = with_value(query, kind, read(value))
        assert read(render(query)) == query
    for kind in FACET_KINDS:
        selected = selection(query, kind)
        assert (selected is not None) is (kind != "tags" and any(one == kind for one, _ in steps))
        if selected is not None:
            assert selection(without_selection(query, kind), kind) is None
    for kind, value in dict.fromkeys(steps):
        left = without_value(query, kind, read(value))
        assert left is not None
        query = left
    assert render(query) == ""
