"""The settings that become parameters of the model that `movietag up` serves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from movietag.captioning.parameters import setting_of
from movietag.captioning.serving_settings import read_settings
from movietag.captioning.triton.versions import add_version, version_numbers
from movietag.errors import UsageError
from movietag.local.deploying import model_folder
from movietag.local.install import Servers
from movietag.local.triton import (
    model_repository,
    parameters,
    parameters_in,
    prepare,
    shipped_model,
)
from movietag.settings import Settings
from movietag.settings.environment import to_environment
from movietag.settings.home import home_layout

SHIPPED = parameters_in((model_repository() / "llava" / "config.pbtxt").read_text())

STUB = f"{sys.version_info.major}.{sys.version_info.minor}"

AS_TAUGHT = {"prompt", "max_new_tokens", "do_pad", "image_options"}
"""Empty: as the tagger was taught, else by the setting's default."""


def test_every_parameter_is_a_setting_with_the_same_default() -> None:
    defaults = Settings.model_construct()
    variables = to_environment(defaults)
    read = read_settings("llava", {"parameters": SHIPPED})
    assert read.prompt.name == defaults.prompt
    for key, given in SHIPPED.items():
        setting = setting_of(key)
        assert setting in Settings.model_fields, key
        said = variables.get(f"MOVIETAG_{setting.upper()}", "")
        if key in AS_TAUGHT:
            assert given["string_value"] == "", key
            assert key == "prompt" or getattr(read, key) == getattr(defaults, key), key
        elif key != "model_path":  # empty in config.pbtxt: the demo model
            assert given["string_value"] == said, key


def test_what_is_set_reaches_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.txt").write_text("red\nblue\n")
    Path("ask.toml").write_text('text = "Which? {{ tags }}"\nstrategy = "vocabulary"\n')
    settings = Settings(
        prompt="ask.toml",
        vocabulary="shop.txt",
        max_new_tokens=7,
        do_pad=False,
        image_options={"do_image_splitting": False},
        static_cache=True,
        threads=3,
        answer='Shows "{tag}',
    )
    read = read_settings("llava", shipped_model(settings, {}))
    assert (read.max_new_tokens, read.do_pad, read.static_cache, read.threads) == (
        7,
        False,
        True,
        3,
    )
    assert read.image_options == {"do_image_splitting": False}
    assert read.prompt.tags(read.vocabulary) == ("red", "blue")
    assert read.max_batch == 32
    given = parameters(settings)
    assert given["prompt"] == str(tmp_path / "ask.toml")
    assert given["answer"] == 'Shows "{tag}'


def test_a_model_repository_of_ones_own_keeps_what_no_setting_says() -> None:
    assert parameters(Settings()).keys() == {"model_path", "adapter_path", "thresholds", "mode"}
    assert parameters(Settings(prompt="describe"))["prompt"] == "describe"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(prompt="descibe"), "No prompt 'descibe'. Built in: "),
        (Settings(model_path=Path("/nowhere/llava")), "model_path: there is no folder /nowhere"),
        (Settings(tagger_mode="tags"), "has no thresholds"),
    ],
)
def test_a_value_that_does_not_fit_is_reported_before_anything_starts(
    settings: Settings, said: str, tmp_path: Path
) -> None:
    servers = Servers(java=tmp_path, kafka=tmp_path, elasticsearch=tmp_path, triton=tmp_path)
    settings = settings.model_copy(update={"home": tmp_path / "home"})
    with pytest.raises(UsageError, match=said):
        prepare(servers, home_layout(settings), settings)


def test_deployed_models_stay_when_only_speed_is_set_otherwise(tmp_path: Path) -> None:
    (triton := tmp_path / "triton").mkdir()
    for part in ("bin", "backends/python", f"python_backend_stubs/{STUB}"):
        (triton / part).mkdir(parents=True)
    servers = Servers(java=tmp_path, kafka=tmp_path, elasticsearch=tmp_path, triton=triton)
    home = {"home": tmp_path / "home"}

    def versions_after(settings: Settings) -> list[int]:
        given = settings.model_copy(update=home)
        prepare(servers, home_layout(given), given)
        return version_numbers(model_folder(given, None))

    assert versions_after(Settings(endpoint_seconds=45)) == [1]
    layout = home_layout(Settings().model_copy(update=home))
    add_version(layout.triton / "models" / "llava", {"model_path": "/models/tagger"})
    assert versions_after(Settings(threads=2, endpoint_parallel=4)) == [1, 2]
    assert versions_after(Settings(max_new_tokens=9)) == [1]  # the first is another tagger
