"""A processor and a model of transformers out of their folders, ready to be asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.tagger_id import refuse_other_base
from movietag.errors import UsageError


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A model on the device it computes on, and its processor; both are typed in part only.

    bfloat16 on CUDA, else float32.
    """

    processor: Any
    model: Any
    dtype: Any

    @classmethod
    def load(cls, settings: ServingSettings) -> Self:
        """Load both; an adapter is merged into the model.

        Raises:
            UsageError: an image option that the processor does not know, or an adapter of another model.
        """
        # Read when the libraries load: a hub is never asked, and threads that wait do not spin, which
        # on a busy machine costs more than the work itself.
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import torch  # noqa: PLC0415  # seconds to load: not for those who only decode a picture

        transformers: Any = import_module("transformers")
        cuda = torch.cuda.is_available()
        if not cuda and settings.threads:
            torch.set_num_threads(settings.threads)
        dtype = torch.bfloat16 if cuda else torch.float32
        processor = transformers.AutoProcessor.from_pretrained(
            _processor_folder(settings), local_files_only=True
        )
        processor.tokenizer.padding_side = "left"
        set_image_options(processor, settings.image_options)
        model = transformers.AutoModelForImageTextToText.from_pretrained(
            settings.model_path, dtype=dtype, local_files_only=True
        )
        if settings.adapter_path:
            refuse_other_base(settings.adapter_path, settings.model_path)
            from peft import PeftModel  # noqa: PLC0415  # only with an adapter

            model = PeftModel.from_pretrained(model, settings.adapter_path).merge_and_unload()
        return cls(processor, model.to("cuda" if cuda else "cpu").eval(), dtype)


def _processor_folder(settings: ServingSettings) -> Path:
    """An adapter may bring the processor, and with it the chat template, that it was taught with."""
    adapter = settings.adapter_path
    if adapter and (adapter / "processor_config.json").is_file():
        return adapter
    return settings.model_path


def set_image_options(processor: Any, options: Mapping[str, object]) -> None:
    """Set options of the processor's pictures.

    Raises:
        UsageError: it has no such option.
    """
    for key, value in options.items():
        if not hasattr(processor.image_processor, key):
            kind = type(processor.image_processor).__name__
            raise UsageError(f"image_options: {kind} has no option {key!r}.")
        setattr(processor.image_processor, key, value)
