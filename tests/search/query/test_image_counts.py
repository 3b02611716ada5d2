"""Numbers of counted images in queries, in the forms that people write, and what is advised instead of others."""

from __future__ import annotations

import pytest

from movietag.search.query import parse, render
from movietag.search.query.errors import QueryError
from movietag.search.query.tags import TagNames
from movietag.vocabulary import from_lines

NAMES = TagNames(from_lines("films", ["horror", "comedy"]))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("images:0", "images:0"),
        ("images = 0", "images:0"),
        ("image:0", "images:0"),
        ("images>=20", "images:20.."),
        ("images>20", "images:21.."),
        ("images<5", "images:..4"),
        ("images<=5", "images:..5"),
        ("images:>=5", "images:5.."),
        ("images:5-9 horror", "images:5..9 and horror"),
        ("-images:0", "not images:0"),
        ("(not horror or images:0)", "not horror or images:0"),
    ],
)
def test_counts(query: str, expected: str) -> None:
    node = parse(query, NAMES)
    assert render(node) == expected
    assert parse(expected, NAMES) == node


@pytest.mark.parametrize(
    ("query", "problem", "advice"),
    [
        ("images:none", "images: takes a number of images", "images:0"),
        ("images:9..3", "The range 9..3 is empty: write 3..9.", None),
        ("images<0", "No movie has fewer than 0 images: write images:0.", None),
        ("no images", "'no' is not a tag", "images:0"),
        ("horror without pictures", "'without' is not a tag", "horror and images:0"),
        ("horror=0", "'=' is not allowed here", "horror<=0%"),
        ("horror!=0%", "'!' is not allowed here", "horror"),
    ],
)
def test_advice(query: str, problem: str, advice: str | None) -> None:
    with pytest.raises(QueryError) as raised:
        parse(query, NAMES)
    assert problem in str(raised.value)
    if advice is not None:
        assert raised.value.advice[0] == advice
        assert render(parse(advice, NAMES)) == advice


def test_scenes_have_no_count_of_images() -> None:
    with pytest.raises(QueryError, match="Unknown field 'images' for scenes") as raised:
        parse("horror and images:0", NAMES, "frames")
    assert "horror" in raised.value.advice
    with pytest.raises(QueryError) as none:
        parse("horror=0", NAMES, "frames")
    assert none.value.advice[0] == "not horror"
