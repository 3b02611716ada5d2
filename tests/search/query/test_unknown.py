"""What is not known of movies without images, and the query that asks for them, too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from query_trees import leaves, trees
from test_query_evaluator import NAMES, Film

from movietag.search.query import Node, parse, render
from movietag.search.query.evaluator import Evaluator
from movietag.search.query.nodes import ImageCount, Text
from movietag.search.query.nodes import leaves as conditions_of
from movietag.search.query.normal_form import to_nnf
from movietag.search.query.unknown import with_unknown

MEANING = Evaluator(0.1, {})
COUNTED, UNCOUNTED = Film({"horror": 0.5}), Film(images=0, status="running")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("horror and year:1990..", "horror and year:1990.."),
        ("not horror", "not horror or images:0"),
        (
            "year:1990.. -horror comedy<10%",
            "year:1990.. and (not horror and comedy<10% or images:0)",
        ),
        ("horror or not text:door", "horror or not text:door or images:0"),
        ("title:heat or (gothic and not horror)", None),
        ("not horror or images:0", "not horror or images:0"),
    ],
)
def test_the_query_that_asks_for_them_too(query: str, asked: str | None) -> None:
    query = query.replace("gothic", "comedy")
    made = render(with_unknown(to_nnf(parse(query, NAMES))))
    assert made == (asked or "title:heat or comedy and (not horror or images:0)")
    assert render(parse(made, NAMES)) == made


@given(trees(leaves(NAMES.vocabulary.tags, "movies")))
def test_asking_adds_movies_without_images_only(tree: Node) -> None:
    node = to_nnf(tree)
    asked = to_nnf(with_unknown(node))
    assert MEANING.holds(asked, COUNTED) is MEANING.holds(node, COUNTED)
    assert MEANING.holds(asked, UNCOUNTED) or not MEANING.holds(node, UNCOUNTED)


@given(trees(leaves(NAMES.vocabulary.tags, "movies")))
def test_what_matches_without_images_matches_whatever_they_show(tree: Node) -> None:
    assume(not any(isinstance(leaf, ImageCount) for leaf in conditions_of(tree)))
    node = to_nnf(tree)
    said = {leaf: {UNCOUNTED.movie_id} for leaf in conditions_of(tree) if isinstance(leaf, Text)}
    for ratio in (0.0, 0.05, 1.0):
        shown = replace(UNCOUNTED, images=50, ratios=dict.fromkeys(NAMES.vocabulary.tags, ratio))
        for joined in ({}, said):
            holds = Evaluator(0.1, joined).holds(node, shown)
            assert holds or not MEANING.holds(node, UNCOUNTED)
