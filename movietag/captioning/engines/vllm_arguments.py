"""What vLLM is started with: the model's parameters, and the options of ``engine_options``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from movietag.captioning.published_names import shortened_names
from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import UsageError

MOST_POSITIONS: Final = 4096
"""Tokens of prompt, picture and answer together, unless ``max_model_len`` says otherwise or the model takes fewer."""
IN_FLIGHT: Final = 64
"""Frames in work at the same time, unless ``engine_options`` has another ``max_num_seqs``."""
_OURS: Final = frozenset(
    {"enable_lora", "hf_overrides", "limit_mm_per_prompt", "mm_processor_kwargs", "model"}
    | {"runner", "skip_tokenizer_init", "tokenizer", "trust_remote_code"}
)
"""Arguments of vLLM that ``engine_options`` must not set: they follow from other parameters, or run foreign code."""
_HARMLESS: Final = frozenset(
    {"disable_log_stats", "enable_prefix_caching", "enforce_eager", "gpu_memory_utilization"}
    | {"max_model_len", "max_num_batched_tokens", "max_num_seqs", "mm_processor_cache_gb"}
)
"""Options that decide about speed and memory only, and are no part of the tagger id."""


def require_vllm() -> None:
    """Check that vLLM is installed.

    Raises:
        UsageError: it is not.
    """
    if find_spec("vllm") is None:
        raise UsageError(
            "The engine vllm needs vLLM in the environment of Triton's model, and it is not there: build the image"
            " `docker build --target triton-vllm`, or use the engine transformers (docs/models.md)."
        )


def engine_arguments(settings: ServingSettings, *, cuda: bool, positions: int) -> dict[str, Any]:
    """The arguments of vLLM's ``AsyncEngineArgs``.

    Args:
        settings: of the served model.
        cuda: whether there is a GPU: without one, vLLM computes in float32.
        positions: the most that the model takes, in tokens.

    Raises:
        UsageError: a parameter does not fit the engine.
    """
    _refuse(settings)
    return {
        "model": str(settings.model_path),
        "dtype": "bfloat16" if cuda else "float32",
        "max_model_len": min(positions, MOST_POSITIONS),
        "max_num_seqs": IN_FLIGHT,
        "disable_log_stats": True,
        **settings.engine_options,
        "trust_remote_code": False,
        "limit_mm_per_prompt": {"image": 1, "video": 0},
        "mm_processor_kwargs": dict(settings.image_options) or None,
    }


def deciding_options(settings: ServingSettings) -> dict[str, object]:
    """The options that may change an answer."""
    return {key: one for key, one in settings.engine_options.items() if key not in _HARMLESS}


def _refuse(settings: ServingSettings) -> None:
    if settings.answer:
        raise UsageError(
            f"The model {settings.name} scores tags (mode tags), which the engine vllm cannot: use the engine"
            " transformers, or the mode caption."
        )
    if settings.adapter_path:
        raise UsageError(
            f"adapter_path: the engine vllm serves whole models. Merge {settings.adapter_path} first (`movietag"
            " merge`), and name the merged model by MOVIETAG_MODEL_PATH."
        )
    if ours := sorted(_OURS & settings.engine_options.keys()):
        raise UsageError(f"engine_options: {', '.join(ours)} cannot be set.")
    _refuse_shortened(settings.model_path)


def _refuse_shortened(folder: Path) -> None:
    try:
        shortened = shortened_names(folder)
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder} is not the folder of a model: {error}.") from None
    if shortened:
        name = next(iter(shortened))
        raise UsageError(
            f"vLLM cannot load {folder}: its weights have shortened names ({name} for {shortened[name]}). Merge again"
            " with this movietag (`movietag merge`), which saves the published names."
        )
