"""The parameters of a served model: read out of its configuration as Triton hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from movietag.captioning.asking import as_taught
from movietag.captioning.endpoint_settings import EndpointSettings, read_endpoints
from movietag.captioning.parameters import Parameters
from movietag.captioning.phrases import TEMPLATES
from movietag.captioning.prompting import Prompt
from movietag.captioning.thresholds import Thresholds, read_thresholds
from movietag.errors import UsageError
from movietag.vocabulary import Vocabulary, load


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """The parameters of config.pbtxt."""

    name: str
    model_path: Path
    adapter_path: Path | None
    prompt: Prompt
    vocabulary: Vocabulary
    max_new_tokens: int
    do_pad: bool
    static_cache: bool
    image_options: Mapping[str, object]
    threads: int
    max_batch: int
    answer: str = ""  # that names one tag: tags are scored, not captions written
    thresholds: Thresholds | None = None  # from which score on a tag counts
    templates: tuple[str, ...] = ()  # of the texts that frames are compared with: mode similarity
    engine: str = "transformers"  # see ``captioning.engines``
    endpoint: EndpointSettings | None = None  # of the engine openai
    frame_size: tuple[int, int] | None = None  # to which frames are shrunk first: as taught
    engine_options: Mapping[str, object] = field(default_factory=dict)  # of vLLM


def read_settings(name: str, config: Mapping[str, Any]) -> ServingSettings:
    """The settings out of a model's configuration, as Triton hands it over.

    Raises:
        UsageError: a parameter is missing or does not fit; the text names it.
    """
    parameters = Parameters(name, config.get("parameters", {}))
    endpoint = read_endpoints(parameters)
    model = existing_folder("model_path", parameters.text("model_path"))
    adapter_path = parameters.text("adapter_path")
    adapter = existing_folder("adapter_path", adapter_path) if adapter_path else None
    # An endpoint serves a model of its own.
    asking = as_taught(parameters, None if endpoint else adapter or model)
    answer, templates, thresholds = _mode(parameters)
    return ServingSettings(
        name=name,
        model_path=model,
        adapter_path=adapter,
        prompt=asking.prompt,
        vocabulary=load(parameters.text("vocabulary")),
        max_new_tokens=asking.max_new_tokens,
        do_pad=asking.do_pad,
        static_cache=parameters.flag("static_cache"),
        image_options=asking.image_options,
        threads=parameters.number("threads"),
        max_batch=max(int(config.get("max_batch_size", 0)), 1),
        answer=answer,
        thresholds=read_thresholds(Path(thresholds)) if thresholds else None,
        templates=templates,
        engine=parameters.text("engine", "transformers"),
        endpoint=endpoint,
        frame_size=asking.frame_size,
        engine_options=parameters.options("engine_options", "{}"),
    )


def _mode(parameters: Parameters) -> tuple[str, tuple[str, ...], str]:
    """The answer that names a tag, the templates of similarity, and the path of the thresholds; empty: not so."""
    mode = parameters.text("mode", "caption")
    if mode not in ("caption", "tags", "similarity"):
        raise UsageError(
            f"mode of the model {parameters.model} is {mode!r}, not caption, tags or similarity."
        )
    if mode == "caption":
        return "", (), ""
    thresholds = parameters.text("thresholds")
    if not thresholds:
        raise UsageError(
            f"The model {parameters.model} scores tags (mode {mode}) and has no thresholds: make them with"
            " `movietag calibrate`, and name the file by MOVIETAG_THRESHOLDS or the parameter"
            " thresholds in config.pbtxt."
        )
    if mode == "tags":
        return parameters.text("answer"), (), thresholds
    return "", parameters.texts("templates", "[]") or TEMPLATES, thresholds


def existing_folder(key: str, value: str) -> Path:
    """The folder, or the packaged demo model where ``value`` is empty.

    Raises:
        UsageError: it is not there; the text says how to get a model.
    """
    folder = Path(value) if value else Path(__file__).resolve().parents[1] / "demo" / "model"
    if folder.is_dir():
        return folder
    raise UsageError(
        f"{key}: there is no folder {folder}. Download into it (a model: `hf download"
        f" llava-hf/llava-1.5-7b-hf --local-dir {folder}`), or name another folder by"
        f" MOVIETAG_{key.upper()} or the parameter {key} in config.pbtxt."
    )
