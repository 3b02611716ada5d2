"""Quality marks: what the table of cases (tests/cases/qualities.tsv) does not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.captioning.quality import LOOP, QualityMarker, is_looping
from movietag.records import CaptionQuality
from movietag.vocabulary import Vocabulary, load

MPST = QualityMarker(load("mpst"))


@given(st.text(max_size=300), st.sampled_from(["stop", "length", ""]))
def test_every_answer_gets_at_most_one_mark(caption: str, finish: str) -> None:
    mark = MPST.mark(caption, finish)
    assert mark is not None or not finish
    if mark is CaptionQuality.WHOLE:
        assert finish == "stop"


@given(st.lists(st.sampled_from(MPST.vocabulary.tags), min_size=1, max_size=9, unique=True))
def test_a_list_of_some_tags_is_whole(tags: list[str]) -> None:
    caption = ", ".join(tags)
    assert MPST.mark(caption, "stop") is CaptionQuality.WHOLE
    assert MPST.mark(caption, "length") is CaptionQuality.CUT
    assert MPST.mark(caption, "") is None


@given(st.text(st.characters(categories=["Ll"]), min_size=1, max_size=200), st.integers(0, 50))
def test_what_is_repeated_long_enough_loops(passage: str, further: int) -> None:
    text = (passage * (3 + LOOP))[: max(LOOP, 3 * len(passage)) + further]
    assert is_looping("It begins so: " + text)


@pytest.mark.parametrize("size", [1, 4])
def test_all_tags_of_a_small_vocabulary_may_be_seen(size: int) -> None:
    small = Vocabulary("small", dict.fromkeys(list(MPST.vocabulary.tags)[:size], ()))
    assert QualityMarker(small).mark(", ".join(small.tags), "stop") is CaptionQuality.WHOLE


def test_a_refusal_that_is_cut_is_a_refusal() -> None:
    assert MPST.mark("I'm sorry, but I cannot say which of", "length") is CaptionQuality.REFUSED
