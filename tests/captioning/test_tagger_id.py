"""Who a tagger is: all that may change a caption changes its id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.serving_config import config, made_up_model, settings_of

from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.serving_settings import ServingSettings, read_settings
from movietag.captioning.tagger_id import folder_digest, model_named_by, tagger_id
from movietag.vocabulary import load


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    return made_up_model(tmp_path / "model")


@pytest.fixture
def settings(model_folder: Path) -> ServingSettings:
    return settings_of(model_folder)


class TestTaggerId:
    def test_form(self, settings: ServingSettings) -> None:
        name, _, digest = tagger_id(settings, "template", "float32").partition("@")
        assert name == "llava"
        assert len(digest) == 12
        assert int(digest, 16) >= 0

    @pytest.mark.parametrize(
        "change",
        [
            lambda given: (replace(given, prompt=load_prompt("What?")), "template", "float32"),
            lambda given: (replace(given, prompt=load_prompt("vocabulary")), "template", "float32"),
            lambda given: (replace(given, max_new_tokens=21), "template", "float32"),
            lambda given: (replace(given, do_pad=False), "template", "float32"),
            lambda given: (replace(given, image_options={"size": 1}), "template", "float32"),
            lambda given: (replace(given, adapter_path=given.model_path), "template", "float32"),
            lambda given: (given, "another", "float32"),
            lambda given: (given, "template", "bfloat16"),
        ],
    )
    def test_all_that_decides_captions_changes_it(
        self,
        settings: ServingSettings,
        change: Callable[[ServingSettings], tuple[ServingSettings, str, str]],
    ) -> None:
        assert tagger_id(*change(settings)) != tagger_id(settings, "template", "float32")

    def test_weights_change_it_and_notes_and_threads_do_not(
        self, settings: ServingSettings, model_folder: Path
    ) -> None:
        before = tagger_id(settings, "template", "float32")
        (model_folder / "notes.md").write_text("changed")
        assert tagger_id(replace(settings, threads=7), "template", "float32") == before
        (model_folder / "model.safetensors").write_bytes(b"Weights")
        assert tagger_id(settings, "template", "float32") != before

    def test_a_folders_digest_is_of_names_and_contents(self, model_folder: Path) -> None:
        before = folder_digest(model_folder)
        (model_folder / "config.json").rename(model_folder / "konfig.json")
        assert folder_digest(model_folder) != before


def test_the_tagger_id_says_that_tags_are_scored(model_folder: Path) -> None:
    captions = read_settings("llava", config(model_path=str(model_folder)))
    scores = replace(captions, answer="A scene with {tag}")
    assert tagger_id(captions, "", "float32").startswith("llava@")
    assert tagger_id(scores, "", "float32").startswith("llava.tags@")
    other = replace(scores, vocabulary=load("mpst-aliases"))
    assert tagger_id(scores, "", "float32") != tagger_id(other, "", "float32")


@pytest.mark.parametrize(
    "tagger",
    [
        "llava-1.5@0123456789ab",
        "llava-1.5.tags@0123456789ab",
        "llava-1.5.openai.Qwen2.5-VL@0123456789ab",
    ],
)
def test_a_tagger_names_the_model_that_triton_serves(tagger: str) -> None:
    assert model_named_by(tagger) == "llava-1.5"
