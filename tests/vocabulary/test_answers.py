"""Reading answers: what is denied does not count, everything else does, whatever the text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.vocabulary import load
from movietag.vocabulary.answers import read_answer
from movietag.vocabulary.answers.structures import DEEPEST
from movietag.vocabulary.cut import whole_part

MPST = load("mpst")
TAG = st.sampled_from(MPST.tags)
FORMS = st.sampled_from(
    ["{}", "```json\n{}\n```", "<think>Is it horror?</think>{}", "Here you are: {} Good luck!"]
)


def tags_of(answer: str, *, cut: bool = False) -> frozenset[str]:
    return MPST.match(read_answer(answer, cut=cut).text)


@given(form=FORMS, tags=st.lists(TAG, unique=True))
def test_a_list_counts_whole(form: str, tags: list[str]) -> None:
    assert tags_of(form.replace("{}", json.dumps(tags))) == set(tags)


@pytest.mark.parametrize("indent", [None, 2])
@given(form=FORMS, verdicts=st.dictionaries(TAG, st.booleans()))
def test_only_what_is_true_counts(form: str, indent: int | None, verdicts: dict[str, bool]) -> None:
    answer = form.replace("{}", json.dumps(verdicts, indent=indent))
    assert tags_of(answer) == {tag for tag, yes in verdicts.items() if yes}


@pytest.mark.parametrize("scale", [1, 10, 100])
@given(scores=st.dictionaries(TAG, st.sampled_from([0.0, 0.2, 0.49, 0.5, 0.75, 1.0])))
def test_a_score_counts_from_half_of_its_scale_on(scale: int, scores: dict[str, float]) -> None:
    scores |= {"the top": 1.0, "the least": 0.2}
    scaled = {tag: round(score * scale, 2) for tag, score in scores.items()}
    expected = {tag for tag, score in scores.items() if score >= 0.5 and tag in MPST.tags}
    pairs = [[tag, score] for tag, score in scaled.items()]
    items = [{"name": tag, "score": score} for tag, score in scaled.items()]
    lines = "\n".join(f"- {tag}: {score}" for tag, score in scaled.items())
    for answer in (json.dumps(scaled), json.dumps(pairs), json.dumps({"tags": items}), lines):
        assert tags_of(answer) == expected


@given(tags=st.lists(TAG, min_size=1, unique=True), end=st.integers(0, 400))
def test_a_cut_answer_has_no_tag_that_the_whole_one_has_not(tags: list[str], end: int) -> None:
    scores = [{"name": tag, "score": 0.75} for tag in tags]
    for answer in (json.dumps(tags), json.dumps(scores), json.dumps(dict.fromkeys(tags, True))):
        assert tags_of(answer[:end], cut=end < len(answer)) <= set(tags)


@given(
    st.text(st.sampled_from("[]{}()\"'“”:,.<>/\\#*_-|~`0159% \nabno"), max_size=300), st.booleans()
)
def test_any_text_is_read(text: str, cut: bool) -> None:
    answer = read_answer(text, cut=cut)
    assert not set(answer.text) - set(text) - set(" \n,:;|")


@given(st.lists(st.sampled_from(["dark", "western", "a", "plot", "twist", "is", "at"]), min_size=1))
def test_plain_text_stays_as_it_is(some: list[str]) -> None:
    text = " ".join(some)
    for sentence in (f"{text}.", f"A scene with '{text}', and more", f"{text}; (too)"):
        assert read_answer(sentence).text == sentence
        assert read_answer(sentence, cut=True).text == whole_part(sentence)


@pytest.mark.parametrize(
    ("prose", "tags"),
    [
        ("He stands [in a dark room", {"dark"}),
        ("A {western} town (see [1]), comedy", {"western", "comedy"}),
        ("Genre: horror; mood: dark comedy", {"horror", "dark", "comedy"}),
        ("Scene 3: a western", {"western"}),
        ("Dark street, number of people: 2", {"dark"}),
        ('The sign says "no": a comedy', {"comedy"}),
        ("Mood — dark, not clear", {"dark"}),
    ],
)
def test_prose_with_marks_keeps_its_words(prose: str, tags: set[str]) -> None:
    assert tags_of(prose) == tags


def test_json_in_a_json_string_is_read() -> None:
    assert tags_of(json.dumps(json.dumps({"horror": True, "comedy": False}))) == {"horror"}


@pytest.mark.parametrize("opening", ["[", "{", '{"a":', '[{"a":['])
def test_deep_nesting_is_read_as_text(opening: str) -> None:
    assert "horror" in tags_of(opening * 10_000 + '"horror"')
    shallow = opening * (DEEPEST // 4) + '"horror"'
    assert tags_of(shallow) == {"horror"}


@pytest.mark.parametrize(
    ("answer", "answered", "unfinished"),
    [
        ("horror", True, False),
        ("", False, False),
        ("<think>It is dark.</think>", False, False),
        ("<think>It is dark", False, True),
        ("[]", True, False),
        ('{"horror": false}', True, False),
        ('["horror", "da', True, True),
        ("He stands [in a dark room", True, False),
    ],
)
def test_whether_it_says_something_and_ends(answer: str, answered: bool, unfinished: bool) -> None:
    read = read_answer(answer)
    assert (read.answered, read.unfinished) == (answered, unfinished)
