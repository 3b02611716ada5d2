"""Folders that hold no captioner, and options that do not fit: one line says what is needed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.serving_config import settings_of

from movietag.captioning.model_kind import check_captioner
from movietag.captioning.pretrained import load_processor, set_image_options
from movietag.captioning.vision_model import VisionModel
from movietag.errors import UsageError
from movietag.research.demo_model.served import MODEL
from tools.families import REFUSED, ROWS

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "clip"}, "kind clip, which compares pictures with texts.*similarity"),
        ({"model_type": "siglip"}, "kind siglip, which compares"),
        ({"model_type": "siglip2"}, "kind siglip2, which compares"),
        ({"model_type": "metaclip_2"}, "kind metaclip_2, which compares"),
        ({"model_type": "llama"}, "'llama', which writes no text about pictures"),
        (
            {"model_type": "moondream1", "auto_map": {"AutoModel": "x.Y"}},
            "needs code of its own .auto_map in config.json, kind 'moondream1'.*-hf",
        ),
        ({"model_type": "llava9"}, "transformers .* knows no model of the kind 'llava9'"),
        ([], "is not the folder of a model: its config.json cannot be read"),
        (None, "is not the folder of a model"),
    ],
)
def test_folders_of_another_kind(tmp_path: Path, config: object, said: str) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UsageError, match=said) as refused:
        check_captioner(tmp_path)
    assert "\n" not in str(refused.value)
    with pytest.raises(UsageError, match=said):
        VisionModel(settings_of(tmp_path))


def test_the_table_says_who_is_refused() -> None:
    refused = {row.kind for row in ROWS.values() if row.caption == REFUSED}
    assert refused == {"clip", "metaclip_2", "siglip", "siglip2", "OpenCLIP"}


def test_an_openclip_folder_is_told_from_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text("{}")
    with pytest.raises(UsageError, match="kind OpenCLIP, which compares"):
        check_captioner(tmp_path)


def test_a_captioner_with_code_beside_it_is_loaded_without_it(tmp_path: Path) -> None:
    config = json.loads((MODEL / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "x.Y"}}))
    check_captioner(tmp_path)


def without(*names: str) -> Any:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without("chat_template.jinja"), "has no chat template.*instruction-tuned"),
        (without("processor_config.json"), "has no processor for pictures|cannot be loaded"),
        (
            lambda folder: (folder / "model.safetensors").write_bytes(b"\0" * 9),
            "model.safetensors is cut off or damaged",
        ),
    ],
)
def test_folders_with_a_part_missing(tmp_path: Path, spoil: Any, said: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    spoil(folder)
    with pytest.raises(UsageError, match=said) as refused:
        VisionModel(settings_of(folder))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"adapter_model.safetensors": b"\0" * 9},
            "adapter_model.safetensors is cut off or damaged",
        ),
        ({}, "adapter_path: .*adapter cannot be applied to the model: .*adapter_config.json"),
        ({"adapter_config.json": b"{"}, "adapter_path: .* cannot be applied to the model: "),
    ],
)
def test_adapters_with_a_part_missing(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    (adapter := tmp_path / "adapter").mkdir()
    for name, content in files.items():
        (adapter / name).write_bytes(content)
    with pytest.raises(UsageError, match=said) as refused:
        VisionModel(replace(settings_of(MODEL), adapter_path=adapter))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"do_magic": 1}, "CLIPImageProcessor.* has no option 'do_magic'. It has .*do_resize"),
        ({"do_resize": "no"}, "do_resize of CLIPImageProcessor.* is 'no', not true or false"),
        ({"size": "big"}, "cannot prepare a picture with .*big"),
    ],
)
def test_image_options_that_do_not_fit(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        set_image_options(load_processor(MODEL), options)
    assert "\n" not in str(refused.value)
    with pytest.raises(UsageError, match="image_options: "):
        VisionModel(replace(settings_of(MODEL), image_options=options))
