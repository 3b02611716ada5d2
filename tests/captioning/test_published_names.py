"""Weights under the names of published checkpoints, which vLLM wants."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from movietag.captioning.published_names import name_as_published, shortened_names

pytestmark = pytest.mark.heavy


def saved(folder: Path, tower: str, files: dict[str, list[str]]) -> Path:
    """A model of these files, each of whose weights is one number of its own."""
    import torch
    from safetensors.torch import save_file

    (folder / "config.json").write_text(json.dumps({"vision_config": {"model_type": tower}}))
    weight_map = {}
    for file, names in files.items():
        weights = {name: torch.tensor([float(len(name))]) for name in names}
        save_file(weights, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(names, file)
    if len(files) > 1:
        index = {"metadata": {"total_size": 4}, "weight_map": weight_map}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def weights_of(path: Path) -> dict[str, float]:
    from safetensors.torch import load_file

    return {name: float(one) for name, one in load_file(path).items()}


SHORT, LONG = "vision_tower.embeddings.bias", "vision_tower.vision_model.embeddings.bias"


@pytest.mark.parametrize("tower", ["clip_vision_model", "siglip_vision_model"])
def test_a_shortened_tower_gets_its_published_names(tmp_path: Path, tower: str) -> None:
    words = "language_model.norm.weight"
    model = saved(tmp_path, tower, {"model.safetensors": [SHORT, f"model.{SHORT}", words]})
    assert name_as_published(model) == 2
    expected = {LONG: len(SHORT), f"model.{LONG}": len(SHORT) + 6, words: len(words)}
    assert weights_of(model / "model.safetensors") == expected
    assert name_as_published(model) == 0


def test_every_file_of_a_large_model_and_its_index(tmp_path: Path) -> None:
    first, second = "model-1-of-2.safetensors", "model-2-of-2.safetensors"
    model = saved(tmp_path, "clip_vision_model", {first: [SHORT], second: ["norm.weight"]})
    untouched = (model / second).stat().st_mtime_ns
    assert name_as_published(model) == 1
    assert weights_of(model / first) == {LONG: len(SHORT)}
    assert (model / second).stat().st_mtime_ns == untouched
    index = json.loads((model / "model.safetensors.index.json").read_text())
    assert index["weight_map"] == {LONG: first, "norm.weight": second}


@pytest.mark.parametrize(
    ("tower", "name"),
    [
        ("clip_vision_model", LONG),
        ("internvl_vision", SHORT),
        ("clip_vision_model", "language_model.vision_tower.bias"),
    ],
)
def test_other_names_stay(tmp_path: Path, tower: str, name: str) -> None:
    model = saved(tmp_path, tower, {"model.safetensors": [name]})
    assert shortened_names(model) == {}
    assert name_as_published(model) == 0
    assert weights_of(model / "model.safetensors") == {name: len(name)}
