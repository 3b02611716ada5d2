"""Reciprocal rank fusion: by hand, and what must be so of any lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.search.fusion import fuse

LIST = st.lists(st.sampled_from("abcdefghij"), unique=True)
LISTS = st.lists(LIST, max_size=4)


def test_by_hand() -> None:
    found = fuse([["a", "b", "c"], ["c", "d"]])
    assert found == {"c": 1 / 63 + 1 / 61, "a": 1 / 61, "b": 1 / 62, "d": 1 / 62}
    assert list(found) == ["c", "a", "b", "d"]  # of equal ones that of the first list
    assert fuse([["a"], ["b"]], k=0) == {"a": 1.0, "b": 1.0}
    assert fuse([]) == fuse([[], []]) == {}


def test_an_item_twice_in_a_list_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        fuse([["a", "b", "a"]])


@given(LISTS)
def test_every_item_once_and_the_best_first(lists: list[list[str]]) -> None:
    found = fuse(lists)
    assert set(found) == {item for one in lists for item in one}
    scores = list(found.values())
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= len(lists) / 61 for score in scores)


@given(LIST)
def test_one_list_stays_as_it_is(ranked: list[str]) -> None:
    assert (
        list(fuse([ranked])) == list(fuse([ranked, []])) == list(fuse([ranked, ranked])) == ranked
    )


@given(LISTS, st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_the_lists(
    lists: list[list[str]], draw: st.DrawFn
) -> None:
    shuffled = list(lists)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fuse(shuffled) == fuse(lists)


@given(LISTS, LIST)
def test_a_better_place_never_lowers(lists: list[list[str]], ranked: list[str]) -> None:
    for at in range(1, len(ranked)):
        item = ranked[at]
        raised = [*ranked[: at - 1], item, ranked[at - 1], *ranked[at + 1 :]]
        before, after = fuse([*lists, ranked]), fuse([*lists, raised])
        assert after[item] > before[item]
        assert list(after).index(item) <= list(before).index(item)


@given(LISTS)
def test_who_is_nowhere_behind_and_somewhere_ahead_is_ahead(lists: list[list[str]]) -> None:
    found = list(fuse(lists))
    places = {item: [one.index(item) if item in one else 99 for one in lists] for item in found}
    for one in found:
        for other in found:
            pairs = list(zip(places[one], places[other], strict=True))
            if all(a <= b for a, b in pairs) and any(a < b for a, b in pairs):
                assert found.index(one) < found.index(other)
