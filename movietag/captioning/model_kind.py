"""What kind of model a folder holds, by its configuration alone, and what is needed where it is no captioner."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from movietag.errors import UsageError


def check_captioner(folder: Path) -> None:
    """Check that a folder's configuration is that of a model that writes text about pictures.

    Raises:
        UsageError: it is of another kind, or has code of its own; the text says what is needed.
    """
    names: Any = import_module("transformers.models.auto.modeling_auto")
    kinds: Any = import_module("transformers.models.auto.configuration_auto")
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text("utf-8"))
        kind, own_code = config.get("model_type", ""), "auto_map" in config
    except (OSError, ValueError, AttributeError) as error:
        if (folder / "open_clip_config.json").is_file():
            raise _compares(folder, "OpenCLIP") from None
        raise UsageError(
            f"{folder} is not the folder of a model: its config.json cannot be read ({error})."
            " Download it anew (`hf download`)."
        ) from None
    if kind in names.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        return
    if kind in names.MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION_MAPPING_NAMES:
        raise _compares(folder, kind)
    if kind in kinds.CONFIG_MAPPING_NAMES:
        raise UsageError(
            f"{folder} holds a model of the kind {kind!r}, which writes no text about pictures. Use a"
            " vision-language model, e.g. llava-hf/llava-1.5-7b-hf."
        )
    if own_code:
        raise UsageError(
            f"{folder} needs code of its own (auto_map in config.json, kind {kind!r}), which movietag does not run."
            " Use a release for transformers (their names often end with -hf), or serve it by another engine."
        )
    version = import_module("transformers").__version__
    raise UsageError(
        f"{folder} cannot be loaded: transformers {version} knows no model of the kind {kind!r}. Use another"
        " model, or a later transformers."
    )


def _compares(folder: Path, kind: str) -> UsageError:
    return UsageError(
        f"{folder} holds a model of the kind {kind}, which compares pictures with texts and writes none. Use a"
        " vision-language model, e.g. llava-hf/llava-1.5-7b-hf, or MOVIETAG_TAGGER_MODE=similarity."
    )
