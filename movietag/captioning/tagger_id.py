"""Who a tagger is: an id made of all that may change a caption; and which adapter belongs to a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from movietag.captioning.file_digests import file_digest
from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import UsageError

BASE_DIGEST = "base.sha256"
"""Beside an adapter: ``folder_digest`` of the model that it was trained on."""
_DECIDING = frozenset({".safetensors", ".bin", ".json", ".jinja", ".model", ".txt"})


def refuse_other_base(adapter: Path, base: Path) -> None:
    """Make sure that an adapter of `movietag finetune` belongs to the model.

    Raises:
        UsageError: it was trained on another.
    """
    path = adapter / BASE_DIGEST
    if path.is_file() and (trained := path.read_text().strip()) != (here := folder_digest(base)):
        raise UsageError(
            f"adapter_path: {adapter} was trained on a model of digest {trained[:12]}, but {base} has"
            f" {here[:12]}. Name the model it was trained on, or another adapter."
        )


def folder_digest(folder: Path) -> str:
    """SHA-256 over all files that decide a model's answers: weights, configuration, tokenizer."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _DECIDING and path.is_file():
            total.update(f"{path.name}\0{file_digest(path)}\n".encode())
    return total.hexdigest()


def tagger_id(
    settings: ServingSettings,
    template: str,
    dtype: str,
    *,
    scoring: str = "",
    options: Mapping[str, object] | None = None,
) -> str:
    """``<model name>@<12 hex>``: changes with everything that may change a caption.

    Of a model that scores tags ``<model name>.tags@<12 hex>``; with everything that may change a score,
    and, once there are thresholds, with them. Of another engine than ``transformers``
    ``<model name>.<engine>@<12 hex>``.

    Args:
        settings: where weights and adapter are, prompt, decoding and preparation of pictures.
        template: the chat template.
        dtype: what the model computes in; bfloat16 and float32 may differ in a word.
        scoring: how tags are scored, where it is not the plain way.
        options: of another engine, those that may change an answer.
    """
    content: dict[str, object] = {
        "weights": folder_digest(settings.model_path),
        "adapter": folder_digest(settings.adapter_path) if settings.adapter_path else None,
        "strategy": "one question a picture, in the model's chat template",
        "template": template,
        "prompt": asked(settings),
        "decoding": {"do_sample": False, "max_new_tokens": settings.max_new_tokens},
        "picture": {"do_pad": settings.do_pad, "options": dict(settings.image_options)},
        "dtype": dtype,
    }
    if settings.frame_size:
        content["frame_size"] = settings.frame_size
    kind = ""
    if settings.engine != "transformers":
        kind = f".{settings.engine}"
        content["engine"] = {"name": settings.engine, "options": dict(options or {})}
    if settings.answer:
        kind = ".tags"
        del content["decoding"]
        content["answer"] = settings.answer
        if scoring:
            content["scoring"] = scoring
        content["vocabulary"] = settings.vocabulary.tags_id
        content["thresholds"] = settings.thresholds.digest if settings.thresholds else None
    return _named(settings.name + kind, content)


def similarity_id(settings: ServingSettings) -> str:
    """``<model name>.similarity@<12 hex>``: changes with everything that may change a score, and with thresholds."""
    return _named(
        f"{settings.name}.similarity",
        {
            "weights": folder_digest(settings.model_path),
            "strategy": "cosine of a frame's vector and the mean of a tag's phrases",
            "templates": list(settings.templates),
            "vocabulary": settings.vocabulary.tags_id,
            "picture": {"do_pad": settings.do_pad, "options": dict(settings.image_options)},
            "dtype": "float32",
            "thresholds": settings.thresholds.digest if settings.thresholds else None,
        },
    )


def _named(name: str, content: dict[str, object]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{name}@{hashlib.sha256(canonical.encode()).hexdigest()[:12]}"


def model_named_by(tagger: str) -> str:
    """The name of Triton's model in the id of a tagger, without the mode or the engine behind it."""
    name = tagger.partition("@")[0].partition(".openai.")[0]
    for kind in (".tags", ".similarity", ".vllm"):
        name = name.removesuffix(kind)
    return name


def asked(settings: ServingSettings) -> object:
    """All that decides what is asked about a frame; of a prompt that never changes, its text."""
    prompt = settings.prompt
    if prompt.strategy == "fixed" and prompt.lists is None:
        return prompt.text
    return {**prompt.content, "vocabulary": settings.vocabulary.tags_id}
