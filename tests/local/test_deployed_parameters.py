"""With which parameters `movietag deploy` serves a model, and what its folder may decide."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support.serving_config import config

from movietag.captioning.serving_settings import read_settings
from movietag.captioning.taught import Taught, write_taught
from movietag.captioning.triton.versions import PARAMETERS, with_own_parameters
from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.local.deploying import parameters_of
from movietag.research.training.merging import CARD, Merged
from movietag.research.training.proving import Agreement

AGREEMENT = Agreement(frames=8, of="noise", same_captions=8, difference=0.0, tolerance=0.1)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    header = b"{}      "
    (folder := tmp_path / "tagger").mkdir()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    return folder


def card(model: Path, **serve: str) -> None:
    (model / "about").mkdir()
    merged = Merged("run", "base", "b", "d", "m", "float32", serve, AGREEMENT)
    write_whole(model / CARD, msgspec.json.encode(merged))


def test_a_card_decides_how_a_model_was_trained_and_no_more(model: Path) -> None:
    card(model, do_pad="false", max_new_tokens="70")
    own = parameters_of(model, {"max_new_tokens": "90"})
    assert (own["do_pad"], own["max_new_tokens"]) == ("false", "90")
    assert own["model_path"] == str(model)


@pytest.mark.parametrize("key", ["endpoint_key_file", "engine", "model_path"])
def test_a_card_of_a_stranger_sends_no_key_elsewhere(model: Path, key: str) -> None:
    card(model, **{"do_pad": "true", key: "/root/.netrc"})
    with pytest.raises(UsageError, match=rf"merged\.json names {key} under serve"):
        parameters_of(model, {})


def test_a_taught_model_is_asked_as_taught_whatever_is_set_for_the_one_served_now(
    model: Path, tmp_path: Path
) -> None:
    card(model, do_pad="false", max_new_tokens="70", prompt="Which?")
    write_taught(Taught(("Which? ",), False, None, {}, 62, "{{ messages }}"), model)
    write_whole(tmp_path / PARAMETERS, msgspec.json.encode(parameters_of(model, {})))
    now = config(prompt="What is it?", image_options='{"do_resize": false}', max_new_tokens="20")
    read = read_settings("llava", with_own_parameters(now, tmp_path))
    assert (read.prompt.text, read.max_new_tokens, read.do_pad) == ("Which? ", 70, False)
    assert read.image_options == {}
