"""A served model's parameters: what is read, and what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.serving_config import config, made_up_model, settings_of

from movietag.captioning.serving_settings import ServingSettings, read_settings
from movietag.errors import UsageError


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    return made_up_model(tmp_path / "model")


@pytest.fixture
def settings(model_folder: Path) -> ServingSettings:
    return settings_of(model_folder)


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
    with pytest.raises(UsageError, match="'words', not caption, tags or similarity"):
        read_settings("llava", config(model_path=str(model_folder), mode="words"))
