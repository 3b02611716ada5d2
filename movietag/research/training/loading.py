"""Loading a base model for training or merging, with clear errors for damaged files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from movietag.captioning.model_kind import check_captioner
from movietag.captioning.pretrained import (
    load_captioner,
    load_processor,
    prepare_libraries,
    whole_weights,
)
from movietag.errors import UsageError

NEEDED: Final = ("torch", "transformers", "peft", "trl", "datasets", "matplotlib")
MODEL: Final = Path(__file__).resolve().parents[2] / "demo" / "model"
"""The demo model: the default base."""


def require_training() -> None:
    """Check that the extra `training` is installed.

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
    """A base model, its processor, and its device; ``model`` and ``processor`` are untyped."""

    model: Any
    processor: Any
    device: str  # cuda or cpu
    dtype: str  # bfloat16 on CUDA if the card supports it, else float32

    @property
    def decoder(self) -> str:
        """The path of the language model's decoder inside the model: `model.language_model`.

        Raises:
            UsageError: the model has no separate one.
        """
        decoder = self.model.get_decoder()
        for name, module in self.model.named_modules():
            if module is decoder and name:
                return str(name)
        raise UsageError(f"{type(self.model).__name__} has no language model of its own to adapt.")


def load_base(folder: Path, *, merging: bool = False) -> Loaded:
    """Load a vision-language model from a folder; never contacts a hub.

    Args:
        folder: as written by ``save_pretrained`` or ``hf download``.
        merging: load on the CPU, in float32, so weights are added exactly as stored.

    Raises:
        UsageError: there is no such folder, one of its files is truncated, or it is not such a model.
    """
    if not folder.is_dir():
        raise UsageError(
            f"There is no base model {folder}. Download it first, e.g. `hf download"
            f" llava-hf/llava-1.5-7b-hf --local-dir {folder}`."
        )
    prepare_libraries()
    whole_weights(folder, needed=True)
    check_captioner(folder)
    torch: Any = import_module("torch")
    transformers: Any = import_module("transformers")
    transformers.utils.logging.disable_progress_bar()
    cuda = torch.cuda.is_available() and not merging
    # Never float16: its range is too small for gradients. A card without bfloat16 uses float32.
    brain = cuda and torch.cuda.is_bf16_supported(including_emulation=False)
    dtype = "bfloat16" if brain else "float32"
    processor = load_processor(folder)
    model = load_captioner(folder, getattr(torch, dtype))
    return Loaded(model, processor, "cuda" if cuda else "cpu", dtype)


def targets_of(loaded: Loaded, *, vision: bool = False) -> str:
    """A pattern that matches exactly the linear layers of the language model.

    `q_proj` alone, or peft's `all-linear`, would also match the vision tower's layers.

    Args:
        loaded: the model.
        vision: match the linear layers and convolutions of vision tower and projector, too.
    """
    torch: Any = import_module("torch")
    decoder = loaded.decoder
    modules = list(loaded.model.named_modules())
    names = {
        name.rpartition(".")[2]
        for name, module in modules
        if name.startswith(f"{decoder}.") and isinstance(module, torch.nn.Linear)
    }
    language = rf"{re.escape(decoder)}\..*\.({'|'.join(sorted(names))})"
    if not vision:
        return language
    head = loaded.model.get_output_embeddings()
    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    sight = [
        re.escape(name)
        for name, module in modules
        if isinstance(module, kinds) and module is not head and not name.startswith(f"{decoder}.")
    ]
    return "|".join([language, *sight])


def freeze_all_but_decoder(loaded: Loaded) -> None:
    """Keep everything except the language model's decoder in eval mode, even if ``train`` is called.

    It has no gradients anyway; but a trainer puts the whole model into training mode at each step, in which batch
    norms of a vision tower would use, and change, other means than in serving.
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
