"""Loading a base model to train it or to merge into it; with clear words for what is broken."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from movietag.errors import UsageError

NEEDED: Final = ("torch", "transformers", "peft", "trl", "datasets", "matplotlib")
MODEL: Final = Path(__file__).resolve().parents[2] / "demo" / "model"
"""The demo model: the default base."""


def require_training() -> None:
    """Make sure that the extra `training` is installed.

    Raises:
        UsageError: it is not.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(
            f'Fine-tuning needs {", ".join(missing)}: pip install "movietag[training]".'
        )


@dataclass(frozen=True)
class Loaded:
    """A base model, its processor, and where it computes; ``model`` and ``processor`` are untyped."""

    model: Any
    processor: Any
    device: str  # cuda or cpu
    dtype: str  # bfloat16 on CUDA where the card has it, else float32

    @property
    def decoder(self) -> str:
        """The path of the language model's decoder inside the model: `model.language_model`.

        Raises:
            UsageError: the model has none of its own.
        """
        decoder = self.model.get_decoder()
        for name, module in self.model.named_modules():
            if module is decoder and name:
                return str(name)
        raise UsageError(f"{type(self.model).__name__} has no language model of its own to adapt.")


def load_base(folder: Path, *, merging: bool = False) -> Loaded:
    """Load a vision-language model from a folder; no hub is ever asked.

    Args:
        folder: as ``save_pretrained`` or ``hf download`` leaves it.
        merging: on the CPU, in float32: weights are added up exactly as they are stored.

    Raises:
        UsageError: there is no such folder, a file of it is cut off, or it is no such model.
    """
    if not folder.is_dir():
        raise UsageError(
            f"There is no base model {folder}. Download it first, such as `hf download"
            f" llava-hf/llava-1.5-7b-hf --local-dir {folder}`."
        )
    whole_weights(folder)
    os.environ["HF_HUB_OFFLINE"] = "1"
    # Threads that wait for each other do not spin: on a busy machine that doubles the time of a step.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    torch: Any = import_module("torch")
    transformers: Any = import_module("transformers")
    transformers.utils.logging.disable_progress_bar()
    cuda = torch.cuda.is_available() and not merging
    # Never float16: its range is too small for gradients. A card too old for bfloat16 has float32.
    brain = cuda and torch.cuda.is_bf16_supported(including_emulation=False)
    dtype = "bfloat16" if brain else "float32"
    try:
        processor = transformers.AutoProcessor.from_pretrained(folder, local_files_only=True)
        model = transformers.AutoModelForImageTextToText.from_pretrained(
            folder, dtype=getattr(torch, dtype), local_files_only=True
        )
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{folder} cannot be loaded as a vision-language model: {error}. Was the download whole?"
        ) from None
    return Loaded(model, processor, "cuda" if cuda else "cpu", dtype)


def whole_weights(folder: Path) -> None:
    """Make sure that all safetensors of a folder are as long as their headers say.

    Raises:
        UsageError: one is cut off, or there is none.
    """
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415  # comes with the extra

    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise UsageError(f"{folder} has no weights (*.safetensors).")
    for path in files:
        try:
            with safe_open(path, "np"):  # reads the header, and compares it with the length
                pass
        except (SafetensorError, OSError) as error:
            raise UsageError(
                f"{path} is cut off or damaged ({error}). Get it again, or train it again."
            ) from None


def targets_of(loaded: Loaded) -> str:
    """A pattern of the linear layers of the language model, and of nothing else.

    `q_proj` alone, or peft's `all-linear`, would match the vision tower's layers, too.
    """
    torch: Any = import_module("torch")
    decoder = loaded.decoder
    names = {
        name.rpartition(".")[2]
        for name, module in loaded.model.named_modules()
        if name.startswith(f"{decoder}.") and isinstance(module, torch.nn.Linear)
    }
    return rf"{re.escape(decoder)}\..*\.({'|'.join(sorted(names))})"


def freeze_all_but_decoder(loaded: Loaded) -> None:
    """Keep everything but the language model's decoder in eval mode, whatever ``train`` is called.

    Without gradients it is anyway; but a trainer puts the whole model into training mode at each step,
    in which batch norms of a vision tower would use, and change, other means than in serving.
    """
    decoder = loaded.decoder
    for name, module in loaded.model.named_modules():
        inside, above = name.startswith(decoder), f"{decoder}.".startswith(f"{name}.")
        if name and not inside and not above:
            module.eval()
            module.train = _stay(module)


def _stay(module: Any) -> Callable[..., Any]:
    """A ``train`` that does nothing."""

    def train(_mode: bool = True) -> Any:  # torch's own signature
        return module

    return train
