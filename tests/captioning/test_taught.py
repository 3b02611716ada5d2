"""What a tagger was taught with is applied where parameters are empty, and contradictions are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs
from support.serving_config import config

from movietag.captioning.serving_settings import ServingSettings, read_settings
from movietag.captioning.tagger_id import tagger_id
from movietag.captioning.taught import TAUGHT, Taught, read_taught, write_taught
from movietag.errors import UsageError
from movietag.records import Context

LESSON = Taught(
    questions=("What is in this shop?", "Which?"),
    do_pad=False,
    frame_size=(320, 180),
    image_options={"do_image_splitting": False},
    longest_answer=60,
    template="{{ messages }}",
)
EMPTY = {"prompt": "", "max_new_tokens": "", "do_pad": "", "image_options": ""}


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    write_taught(LESSON, folder)
    return folder


def served(adapter: Path | str, **parameters: str) -> ServingSettings:
    return read_settings("llava", config(adapter_path=str(adapter), **{**EMPTY, **parameters}))


def test_empty_parameters_are_as_taught(adapter: Path) -> None:
    read = served(adapter)
    assert read.prompt.text == "What is in this shop?"
    assert (read.max_new_tokens, read.do_pad, read.frame_size) == (68, False, (320, 180))
    assert read.image_options == {"do_image_splitting": False}
    assert read_taught(adapter) == LESSON


def test_without_a_lesson_the_defaults_apply() -> None:
    read = served("")
    assert (read.prompt.name, read.max_new_tokens, read.do_pad) == ("describe", 48, True)
    assert (read.image_options, read.frame_size) == ({}, None)


def test_parameters_that_agree_are_taken(adapter: Path) -> None:
    read = served(adapter, prompt="Which?  ", max_new_tokens="90", do_pad="false")
    assert (read.prompt.text, read.max_new_tokens) == ("Which?", 90)


@pytest.mark.parametrize(
    ("parameter", "value", "said"),
    [
        ("prompt", "Describe it.", "prompt is Describe it., taught with What is in this shop?"),
        ("prompt", "known", "prompt is known, taught with What"),
        ("max_new_tokens", "59", "max_new_tokens is 59, taught with answers of 60"),
        ("do_pad", "true", "do_pad is true, taught with false"),
        ("image_options", '{"a": 1}', 'image_options is {"a": 1}, taught with {"do_image'),
    ],
)
def test_contradictions_are_refused_with_both_values(
    adapter: Path, parameter: str, value: str, said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        served(adapter, **{parameter: value})
    assert said in str(refused.value)
    assert f"Leave {parameter} empty" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_it_is_part_of_the_tagger(adapter: Path) -> None:
    first = tagger_id(served(adapter), "template", "float32")
    assert first == tagger_id(served(adapter), "template", "float32")
    (adapter / TAUGHT).write_text((adapter / TAUGHT).read_text().replace("320", "640"))
    assert tagger_id(served(adapter), "template", "float32") != first


@pytest.mark.parametrize("question", ["Which  of\nthese?", "{{ title }} {% if", "describe"])
def test_a_question_is_asked_as_it_was_taught(tmp_path: Path, question: str) -> None:
    write_taught(structs.replace(LESSON, questions=(question,)), tmp_path)
    for read in (served(tmp_path), served(tmp_path, prompt=question)):
        assert read.prompt.render(read.vocabulary, Context(title="Heat")) == question


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("questions", ()),
        ("frame_size", (0, 180)),
        ("frame_size", (100_000, 100_000)),
        ("longest_answer", 0),
        ("longest_answer", 10**9),
    ],
)
def test_what_no_training_writes_is_refused(adapter: Path, field: str, value: object) -> None:
    write_taught(structs.replace(LESSON, **{field: value}), adapter)
    with pytest.raises(UsageError, match=rf"taught\.json: .*{field}"):
        served(adapter)


@pytest.mark.parametrize("text", ["", "{}", '{"version": 9'])
def test_a_damaged_file_is_named(adapter: Path, text: str) -> None:
    (adapter / TAUGHT).write_text(text)
    with pytest.raises(UsageError, match=r"taught\.json: .*merge again"):
        served(adapter)
