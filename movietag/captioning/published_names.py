"""The names of a vision tower's weights: transformers 5 saves them shorter than published checkpoints have them.

vLLM loads only ``vision_tower.vision_model.…``; transformers loads both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from movietag.files import replacing, write_whole

_TOWER: Final = "vision_tower."
_INNER: Final = "vision_model."
_TOWERS: Final = frozenset({"clip_vision_model", "siglip_vision_model"})
"""The towers, by their ``model_type``, of which transformers 5 has flattened the inner module away."""


def shortened_names(folder: Path) -> dict[str, str]:
    """The weights of a model that have a shortened name, each with its published one.

    Raises:
        ValueError: ``config.json`` is not JSON.
        OSError: a file of the model cannot be read.
    """
    vision = json.loads((folder / "config.json").read_text()).get("vision_config") or {}
    if vision.get("model_type") not in _TOWERS:
        return {}
    return {
        name: before + _TOWER + _INNER + inner
        for path in sorted(folder.glob("*.safetensors"))
        for name in _names(path)
        for before, tower, inner in [name.partition(_TOWER)]
        if tower and before in ("", "model.") and not inner.startswith(_INNER)
    }


def name_as_published(folder: Path) -> int:
    """Rename the weights of a model that have shortened names; returns how many.

    Raises:
        ValueError: ``config.json`` is not JSON.
        OSError: a file of the model cannot be read.
        UsageError: one cannot be written.
    """
    published = shortened_names(folder)
    if not published:
        return 0
    from safetensors.torch import load_file, save_file  # noqa: PLC0415  # loads torch

    for path in folder.glob("*.safetensors"):
        if published.keys() & set(_names(path)):
            weights = load_file(path)
            renamed = {published.get(name, name): one for name, one in weights.items()}
            with replacing(
                path
            ) as part:  # the weights are read from the old file while they are written
                save_file(renamed, part, metadata={"format": "pt"})
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        content = json.loads(index.read_text())
        content["weight_map"] = {
            published.get(name, name): file for name, file in content["weight_map"].items()
        }
        write_whole(index, (json.dumps(content, indent=2) + "\n").encode())
    return len(published)


def _names(path: Path) -> list[str]:
    """The names in a safetensors file: its header is JSON, behind its length in 8 bytes, little-endian."""
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return [name for name in header if name != "__metadata__"]
