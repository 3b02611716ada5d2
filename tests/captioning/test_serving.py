"""What Triton's model does apart from Triton: settings, identity, pictures, other models."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.picture_bytes import picture_bytes

from movietag.captioning.pictures import pad_to_square
from movietag.captioning.prompting import load_prompt
from movietag.captioning.serving import (
    Captioner,
    ServingSettings,
    folder_digest,
    read_settings,
    tagger_id,
)
from movietag.errors import PermanentError, UsageError
from movietag.records import Context
from movietag.vocabulary import load


def config(**values: str) -> dict[str, object]:
    given = {
        "model_path": "",
        "adapter_path": "",
        "prompt": "Describe.",
        "mode": "caption",
        "answer": "A scene with {tag}",
        "thresholds": "",
        "vocabulary": "mpst",
        "max_new_tokens": "20",
        "do_pad": "true",
        "static_cache": "false",
        "image_options": "{}",
        "threads": "2",
    } | values
    return {
        "max_batch_size": 16,
        "parameters": {key: {"string_value": value} for key, value in given.items()},
    }


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    (folder / "notes.md").write_text("not part of the model")
    return folder


@pytest.fixture
def settings(model_folder: Path) -> ServingSettings:
    return ServingSettings(
        "llava",
        model_folder,
        None,
        load_prompt("Describe."),
        load("mpst"),
        20,
        True,
        False,
        {},
        2,
        16,
    )


class TestSettings:
    def test_read(self, model_folder: Path, settings: ServingSettings) -> None:
        assert read_settings("llava", config(model_path=str(model_folder))) == settings

    def test_no_path_is_the_demo_model(self) -> None:
        assert read_settings("llava", config()).model_path.parts[-2:] == ("demo", "model")

    @pytest.mark.parametrize(
        ("key", "value", "said"),
        [
            ("model_path", "/nowhere/llava", "hf download"),
            ("adapter_path", "/nowhere/lora", "adapter_path: there is no folder"),
            ("max_new_tokens", "many", "not a number"),
            ("do_pad", "yes", "not true or false"),
            ("image_options", "{", "not a JSON object"),
            ("image_options", "[1]", "not a JSON object"),
        ],
    )
    def test_what_does_not_fit_is_named(self, key: str, value: str, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            read_settings("llava", config(**{key: value}))

    def test_a_missing_parameter_is_named(self) -> None:
        broken = config()
        parameters = broken["parameters"]
        assert isinstance(parameters, dict)
        del parameters["prompt"]
        with pytest.raises(UsageError, match="lacks the parameter 'prompt'"):
            read_settings("llava", broken)


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


class TestCaptioner:
    @pytest.fixture(scope="class")
    def demo(self) -> Captioner:
        return Captioner(read_settings("llava", config(max_new_tokens="48")))

    def test_bad_pictures_stand_where_they_were(self, demo: Captioner) -> None:
        decoded = demo.decode([picture_bytes(), b"", picture_bytes()])
        assert [isinstance(one, PermanentError) for one in decoded] == [False, True, False]

    def test_static_cache_says_the_same(self, demo: Captioner) -> None:
        static = Captioner(replace(demo.settings, static_cache=True))
        noise = np.random.default_rng(1).integers(0, 255, (3, 90, 160, 3), dtype=np.uint8)
        pictures = [pad_to_square(Image.fromarray(one), (122, 116, 104)) for one in noise]
        texts, milliseconds = demo.caption(pictures)
        assert static.caption(pictures)[0] == texts
        assert len(texts) == 3
        assert milliseconds > 0

    def test_prompts_of_one_batch_may_differ_in_length(self, demo: Captioner) -> None:
        asking = Captioner(
            replace(demo.settings, prompt=load_prompt("What is in this scene of {{ title }}?"))
        )
        noise = np.random.default_rng(1).integers(0, 255, (2, 96, 96, 3), dtype=np.uint8)
        pictures = [Image.fromarray(one) for one in noise]
        contexts = [Context(title="It"), Context(title="The Good, the Bad and the Ugly")]
        alone = [
            asking.caption([picture], [context])[0][0]
            for picture, context in zip(pictures, contexts, strict=True)
        ]
        assert asking.caption(pictures, contexts)[0] == alone
        assert asking.prompt(contexts[0]).endswith("What is in this scene of It? ASSISTANT: ")

    def test_an_unknown_image_option_is_named(self, demo: Captioner) -> None:
        with pytest.raises(UsageError, match="no option 'do_magic'"):
            Captioner(replace(demo.settings, image_options={"do_magic": 1}))

    def test_an_adapter_changes_the_tagger(self, demo: Captioner, tmp_path: Path) -> None:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForImageTextToText

        base = AutoModelForImageTextToText.from_pretrained(demo.settings.model_path)
        lora = LoraConfig(r=2, target_modules=r".*language_model.*q_proj")
        get_peft_model(base, lora).save_pretrained(str(tmp_path))
        tuned = Captioner(replace(demo.settings, adapter_path=tmp_path))
        assert tuned.tagger != demo.tagger
        picture = Image.new("RGB", (64, 64), (90, 40, 10))
        assert (
            tuned.caption([picture])[0] == demo.caption([picture])[0]
        )  # a fresh adapter is neutral


def test_config_has_one_parameter_a_line_and_can_be_read() -> None:
    text = (Path(__file__).parents[2] / "model_repository/llava/config.pbtxt").read_text()
    lines = [line for line in text.splitlines() if line.startswith("parameters")]
    given = {line.split('"')[1]: json.loads(line.split("string_value: ")[1][:-4]) for line in lines}
    read = read_settings("llava", config(**given))
    assert given.keys() == config()["parameters"].keys()  # type: ignore[attr-defined]
    assert read.prompt.text == "Describe this scene of a movie."


def test_a_model_that_scores_tags_needs_thresholds(model_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"no thresholds: make them with `movietag calibrate`"):
        read_settings("llava", config(model_path=str(model_folder), mode="tags"))
    with pytest.raises(UsageError, match="'words', not caption or tags"):
        read_settings("llava", config(model_path=str(model_folder), mode="words"))


def test_the_tagger_id_says_that_tags_are_scored(model_folder: Path) -> None:
    captions = read_settings("llava", config(model_path=str(model_folder)))
    scores = replace(captions, answer="A scene with {tag}")
    assert tagger_id(captions, "", "float32").startswith("llava@")
    assert tagger_id(scores, "", "float32").startswith("llava.tags@")
    other = replace(scores, vocabulary=load("mpst-aliases"))
    assert tagger_id(scores, "", "float32") != tagger_id(other, "", "float32")
