"""A served model's configuration as Triton hands it over, and the settings that it becomes."""

from __future__ import annotations

from pathlib import Path

from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.serving_settings import ServingSettings
from movietag.vocabulary import load


def config(**values: str) -> dict[str, object]:
    given = {
        "engine": "transformers",
        "engine_options": "{}",
        "model_path": "",
        "adapter_path": "",
        "prompt": "Describe.",
        "mode": "caption",
        "answer": "A scene with {tag}",
        "thresholds": "",
        "templates": "[]",
        "vocabulary": "mpst",
        "max_new_tokens": "20",
        "do_pad": "true",
        "static_cache": "false",
        "image_options": "{}",
        "threads": "2",
        "endpoints": "[]",
        "endpoint_model": "",
        "endpoint_key_file": "",
        "endpoint_revision": "",
        "endpoint_options": "{}",
        "endpoint_seconds": "45",
        "endpoint_parallel": "32",
        "endpoint_image_side": "1024",
        "endpoint_image_bytes": "1000000",
    } | values
    return {
        "max_batch_size": 16,
        "parameters": {key: {"string_value": value} for key, value in given.items()},
    }


def made_up_model(folder: Path) -> Path:
    """A folder with the files of a model; none of them can be loaded."""
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    (folder / "notes.md").write_text("not part of the model")
    return folder


def settings_of(folder: Path) -> ServingSettings:
    """What ``config`` becomes with the model of a folder."""
    return ServingSettings(
        "llava",
        folder,
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
