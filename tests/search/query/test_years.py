from __future__ import annotations

import pytest

from movietag.search.query import QueryError, parse, render
from movietag.search.query.nodes import Year
from movietag.search.query.tags import TagNames
from movietag.vocabulary import load

NAMES = TagNames(load("mpst"))


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("year:1999", 1999, 1999),
        ("year = 1999", 1999, 1999),
        ("Years: 1999.", 1999, 1999),
        ("year:1990-1999", 1990, 1999),
        ("year:1990 \u2013 1999", 1990, 1999),
        ("year:1990...1999", 1990, 1999),
        ("year:1990 to 1999", 1990, 1999),
        ("year:1990s", 1990, 1999),
        ("year:1990's", 1990, 1999),
        ("year:'90s", 1990, 1999),
        ("year:'10s", 2010, 2019),
        ("year:199x", 1990, 1999),
        ("decade:1990", 1990, 1999),
        ("year>=1990", 1990, None),
        ("year=>1990", 1990, None),
        ("year > 1990", 1991, None),
        ("year:>1990s", 2000, None),
        ("year<1990s", None, 1989),
        ("year:1990-", 1990, None),
        ("year:1990+", 1990, None),
        ("year\u22641999", None, 1999),
        ("year<2000", None, 1999),
        ("year:-1999", None, 1999),
        ("year:..1999", None, 1999),
    ],
)
def test_years(query: str, first: int | None, last: int | None) -> None:
    expected = Year(first, last)
    assert parse(query, NAMES) == expected
    assert parse(render(expected), NAMES) == expected
    both = parse(f"horror {query} (comedy)", NAMES)
    assert render(both) == f"horror and {render(expected)} and comedy"


@pytest.mark.parametrize(
    ("query", "says", "place"),
    [
        ("year:1999-1990", "write 1990..1999", 5),
        ("year>9999", "No year is above 9999", 5),
        ("year<0000", "No year is below 0", 5),
        ("year:99", "write year:1999", 5),
        ("year:7..1999", "A year has four digits", 5),
        ("year:199", "A year has four digits", 5),
        ("year:soon", "1990..1999", 5),
        ("year:19999", "1990..1999", 5),
    ],
)
def test_what_is_no_year(query: str, says: str, place: int) -> None:
    with pytest.raises(QueryError) as error:
        parse(query, NAMES)
    assert says in error.value.problem
    assert error.value.position == place
