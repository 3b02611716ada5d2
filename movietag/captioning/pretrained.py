"""A processor and a model of transformers out of their folders, ready to be asked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Self

from PIL import Image

from movietag.captioning.model_kind import check_captioner
from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.tagger_id import refuse_other_base
from movietag.captioning.taught import read_taught
from movietag.errors import UsageError

LOAD_FAULTS: Final = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError),
    *(RuntimeError, ImportError, IndexError, ZeroDivisionError),
)
"""What transformers raises for files and options that do not fit."""
_OF_A_CALL: Final = frozenset(
    {"data_format", "device", "disable_grouping", "input_data_format", "return_tensors"}
)


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
            UsageError: the folder holds no captioner, an option does not fit, or the adapter is of another model.
        """
        prepare_libraries()
        import torch  # noqa: PLC0415  # seconds to load: not for those who only decode a picture

        cuda = torch.cuda.is_available()
        if not cuda and settings.threads:
            torch.set_num_threads(settings.threads)
        dtype = torch.bfloat16 if cuda else torch.float32
        processor = served_processor(settings)
        model = load_captioner(settings.model_path, dtype)
        if settings.adapter_path:
            refuse_other_base(settings.adapter_path, settings.model_path)
            model = _with_adapter(model, settings.adapter_path)
        return cls(processor, model.to("cuda" if cuda else "cpu").eval(), dtype)


def served_processor(settings: ServingSettings) -> Any:
    """The processor of a served model, with the template that it was taught with and its image options.

    Raises:
        UsageError: the folder holds no captioner, or an option does not fit.
    """
    check_captioner(settings.model_path)
    processor = load_processor(_processor_folder(settings))
    if taught := read_taught(settings.adapter_path or settings.model_path):
        processor.chat_template = taught.template
    set_image_options(processor, settings.image_options)
    return processor


def prepare_libraries() -> None:
    """Set what torch and transformers read when they load: a hub is never asked.

    Threads that wait do not spin, which on a busy machine costs more than the work itself.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _processor_folder(settings: ServingSettings) -> Path:
    """An adapter may bring the processor, and with it the chat template, that it was taught with."""
    adapter = settings.adapter_path
    if adapter and (adapter / "processor_config.json").is_file():
        return adapter
    return settings.model_path


def load_processor(folder: Path) -> Any:
    """A processor with tokenizer, pictures and a token for padding, which goes on the left.

    Raises:
        UsageError: one of them is missing, or a file is damaged.
    """
    transformers: Any = import_module("transformers")
    try:
        processor = transformers.AutoProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except LOAD_FAULTS as error:
        raise load_failure(folder, error) from None
    if not (hasattr(processor, "image_processor") and hasattr(processor, "tokenizer")):
        raise UsageError(
            f"{folder} has no processor for pictures and text (processor_config.json or preprocessor_config.json,"
            " and a tokenizer). Download the whole model (`hf download`)."
        )
    tokenizer = processor.tokenizer
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return processor


def load_captioner(folder: Path, dtype: Any) -> Any:
    """A vision-language model in a number format of torch.

    Raises:
        UsageError: a file is missing or damaged.
    """
    whole_weights(folder)
    transformers: Any = import_module("transformers")
    try:
        return transformers.AutoModelForImageTextToText.from_pretrained(
            folder, dtype=dtype, local_files_only=True, trust_remote_code=False
        )
    except LOAD_FAULTS as error:
        raise load_failure(folder, error) from None


def _with_adapter(model: Any, adapter: Path) -> Any:
    from peft import PeftModel  # noqa: PLC0415  # only with an adapter

    whole_weights(adapter)
    try:
        return PeftModel.from_pretrained(model, adapter).merge_and_unload()
    except LOAD_FAULTS as error:
        raise UsageError(
            f"adapter_path: {adapter} cannot be applied to the model: {_in_one_line(error)}. Copy it from its run"
            " again, or name the model that it was trained on."
        ) from None


def load_failure(
    folder: Path, error: BaseException, kind: str = "vision-language model"
) -> UsageError:
    """What is wrong with a folder that transformers cannot load, in one line."""
    if isinstance(error, ImportError):
        return UsageError(f"{folder} needs a further package: {_in_one_line(error)}.")
    return UsageError(
        f"{folder} cannot be loaded as a {kind}: {_in_one_line(error)}. Was the download complete?"
    )


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")[:600] or type(error).__name__


def whole_weights(folder: Path, *, needed: bool = False) -> None:
    """Check that all safetensors files of a folder are as long as their headers say.

    Raises:
        UsageError: one is truncated, or there is none though they are ``needed``.
    """
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415  # comes with the extra

    files = sorted(folder.glob("*.safetensors"))
    if needed and not files:
        raise UsageError(f"{folder} has no weights (*.safetensors).")
    for path in files:
        try:
            with safe_open(path, "np"):  # reads the header, and compares it with the length
                pass
        except (SafetensorError, OSError) as error:
            raise UsageError(
                f"{path} is cut off or damaged ({error}). Get it again, or train it again."
            ) from None


def set_image_options(processor: Any, options: Mapping[str, object]) -> None:
    """Make the processor's pictures anew with options, and check that it can prepare one.

    Set as attributes, some would be ignored, such as Qwen's ``max_pixels``.

    Raises:
        UsageError: it has no such option, or cannot work with the value.
    """
    if not options:
        return
    pictures = processor.image_processor
    kind = type(pictures).__name__
    known = set(getattr(getattr(pictures, "valid_kwargs", None), "__annotations__", ()))
    for key, value in options.items():
        if key not in known and not hasattr(pictures, key):
            raise UsageError(
                f"image_options: {kind} has no option {key!r}. It has {', '.join(sorted(known - _OF_A_CALL))}."
            )
        if isinstance(getattr(pictures, key, None), bool) and not isinstance(value, bool):
            raise UsageError(f"image_options: {key} of {kind} is {value!r}, not true or false.")
    try:
        processor.image_processor = type(pictures).from_dict({**pictures.to_dict(), **options})
        processor.image_processor(images=[Image.new("RGB", (640, 360))], return_tensors="pt")
    except LOAD_FAULTS as error:
        given = json.dumps(dict(options))
        raise UsageError(
            f"image_options: {kind} cannot prepare a picture with {given}: {_in_one_line(error)}."
        ) from None
