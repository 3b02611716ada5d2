"""Lists of tags: which texts are one, and how they are read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.captioning.list_form import PLAIN, ListForm
from movietag.vocabulary import Vocabulary
from movietag.vocabulary.sentence import sentence

TAGS = ("comedy", "comedy drama", "adult comedy", "horror", "c++ (1980)", "drama", "a", "ab")
FORMS = [
    ListForm.read(PLAIN),
    ListForm.read("Tags: '{tag}', '{tag}'."),
    ListForm.read("[{tag}][{tag}]", ""),
    ListForm.read("{tag} and {tag}", "no tag"),
    ListForm.read(sentence(["{tag}", "{tag}"]), none=sentence([])),
]
LISTS = st.lists(st.sampled_from(TAGS))


@pytest.mark.parametrize("form", FORMS)
@given(tags=LISTS)
def test_a_list_matches_and_is_read_with_each_tag_once(form: ListForm, tags: list[str]) -> None:
    text = form.text(tags)
    assert re.fullmatch(form.regex(TAGS), text)
    assert re.fullmatch(
        form.regex(TAGS), f" {text}"
    )  # many tokenizers begin an answer with a blank
    assert form.tags(text, TAGS) == list(dict.fromkeys(tags))


@pytest.mark.parametrize("form", FORMS)
@given(tags=LISTS, at=st.integers(0))
def test_of_a_list_that_was_cut_anywhere_whole_tags_are_read(
    form: ListForm, tags: list[str], at: int
) -> None:
    text = form.text(tags)
    at %= len(text) + 1
    read = form.tags(text[:at], TAGS, cut=True)
    assert read == list(dict.fromkeys(tags))[: len(read)]
    whole = len(form.text(tags[:-1], cut=True)) if len(tags) > 1 else len(text) + 1
    if at >= whole:
        assert read[: len(set(tags[:-1]))] == list(dict.fromkeys(tags[:-1]))


@pytest.mark.parametrize("form", FORMS[:3] + FORMS[4:])
def test_all_tags_of_a_list_that_was_cut_count(form: ListForm) -> None:
    vocabulary = Vocabulary("any", dict.fromkeys(("horror", "neo noir", "western"), ()))
    caption = form.text(["horror", "neo noir"], cut=True).strip()
    assert vocabulary.match(caption, cut=True) == {"horror", "neo noir"}


@pytest.mark.parametrize("text", ["comedy, western", "westerns", "comedy horror", "Tags: comedy"])
def test_what_is_no_list_matches_not(text: str) -> None:
    assert not any(re.fullmatch(form.regex(TAGS), text) for form in FORMS)


@pytest.mark.parametrize("pattern", ["{tag}", "", "{tag}{tag}", "{tag}, {tag}, {tag}"])
def test_a_pattern_needs_two_tags_and_something_between(pattern: str) -> None:
    with pytest.raises(ValueError, match="is no list"):
        ListForm.read(pattern)
