"""Tags that an English caption denies; the rows of tests/cases/captions*.tsv say what, here is what always holds."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks import negation
from movietag.vocabulary import load
from movietag.vocabulary.negation import cues

WORDS, NEGATION = load("mpst", "words"), load("mpst", "words-negation")
HEDGED = load("mpst", "words-negation-hedges")
CUES = [" ".join(phrase) for phrase in (*cues.CUES, *cues.HEDGES, *cues.NOT_CUES)]
MARKS = [",", ".", ":", ";", "?", " - ", "(", ")", "\n", "\n\n", "n't", "'", '"', "…"]
PARTS = st.one_of(
    st.sampled_from(
        [*WORDS.tags, *CUES, *cues.EXISTS, *cues.AUXILIARIES, "and", "or", "the", "in"]
    ),
    st.sampled_from(MARKS),
    st.text(max_size=5),
)
CAPTIONS = st.lists(PARTS, max_size=40).map(" ".join)


@given(CAPTIONS)
def test_it_only_takes_tags_away(caption: str) -> None:
    assert HEDGED.match(caption) <= NEGATION.match(caption) <= WORDS.match(caption)


@given(CAPTIONS, st.sampled_from(WORDS.tags))
@example("devoid of , :", "cult")
def test_what_the_next_sentence_says_counts(caption: str, tag: str) -> None:
    assert tag in NEGATION.match(f"{caption}.\n\nThe scene has {tag}.")


@given(st.lists(st.sampled_from(WORDS.tags), min_size=1, max_size=8, unique=True))
def test_lists_are_denied_to_their_end(tags: list[str]) -> None:
    items = f"{', '.join(tags[:-1])} or {tags[-1]}" if tags[1:] else tags[0]
    for text in (
        f"There is no {items} here.",
        f"It isn\u2019t {items}.",
        f"None of these apply: {items}",
    ):
        assert NEGATION.match(text) == set()


@pytest.mark.parametrize(
    "part", ["no horror, ", "not ", "no horror or ", "horror, ", "no (", ": ", "isn't, horror "]
)
def test_a_long_caption_is_read_to_its_end(part: str) -> None:
    assert NEGATION.match(part * 1_000 + ". comedy") >= {"comedy"}


@pytest.mark.parametrize(
    "caption", ["It might be a tragedy.", "possibly a tragedy", "It seems to be a tragedy."]
)
def test_hedges_by_choice(caption: str) -> None:
    assert NEGATION.match(caption) == {"tragedy"}
    assert HEDGED.match(caption) == set()


def test_generated_captions_are_right_more_often_than_without_the_rule() -> None:
    wrong = {"words": 0, "words-negation": 0}
    for _, caption, said in negation.captions(WORDS, random.Random(2), 1_000):
        wrong["words"] += WORDS.match(caption) != said
        wrong["words-negation"] += NEGATION.match(caption) != said
    assert wrong["words-negation"] < 0.03 * 1_000 < 0.3 * 1_000 < wrong["words"]
