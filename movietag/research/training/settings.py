"""The settings of a fine-tuning, and the defaults of those left open. Pure."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from movietag.errors import UsageError

HIGH_RANK: Final = 128
"""The least rank at which rsLoRA is the default (Kalajdzievski 2023, arXiv 2312.03732)."""
LARGEST_SCALE: Final = 4.0
"""Of the adapter. alpha 512 with rsLoRA at rank 256, a usual mistake, would be 32: it explodes."""


class FinetuneSettings(msgspec.Struct, frozen=True):
    """All that decides the result of a training, except base model and data.

    Args:
        epochs: how often every frame is seen; 5 in the paper.
        rank: of the adapters, 2 to 256.
        rslora: divide alpha by the root of the rank rather than by the rank; None: from rank 128.
        alpha: None: twice the rank (scale 2); with rsLoRA 16, or less if the scale would exceed 2.
        learning_rate: highest, after the warm-up; None: 2e-4, from rank 128 1e-4. A model of a million
            parameters needs 2e-3.
        batch: frames per batch.
        accumulate: batches whose gradients make one step.
        clip: largest norm of the gradient; larger ones are scaled down to it.
        warmup: share of the steps in which the learning rate rises; then it falls as a cosine.
        dropout: in the adapters.
        seed: of the adapters' initial weights and of the order of the frames.
        save_every: steps between two checkpoints; None: one an epoch.
        patience: epochs without a lower loss on the validation split after which to stop, with the adapter of the
            epoch that had the lowest; None: all epochs, with the adapter of the last.
        do_pad: pad frames to squares first, as the tagger's serving will do.
        frame_size: width and height to which frames are shrunk first; None: they are not.
        image_options: set on the base model's processor of pictures.
        vision: adapt vision tower and projector, too: for what the base model does not tell apart.
        recompute: store fewer activations and recompute them: less memory, a third more time.
    """

    epochs: float = 5.0
    rank: int = 16
    rslora: bool | None = None
    alpha: float | None = None
    learning_rate: float | None = None
    batch: int = 8
    accumulate: int = 1
    clip: float = 1.0
    warmup: float = 0.03
    dropout: float = 0.0
    seed: int = 0
    save_every: int | None = None
    do_pad: bool = True
    frame_size: tuple[int, int] | None = None
    recompute: bool = False
    patience: int | None = None
    image_options: dict[str, Any] = {}
    vision: bool = False


class Adapters(msgspec.Struct, frozen=True):
    """The adapters that result from settings; their output is multiplied by ``scale``."""

    rank: int
    rslora: bool
    alpha: float
    scale: float
    learning_rate: float


def adapters_of(settings: FinetuneSettings) -> Adapters:
    """Fill in the defaults.

    Raises:
        UsageError: a setting is out of its bounds, or the scale is too large to be useful.
    """
    _check(settings)
    rank = settings.rank
    rslora = rank >= HIGH_RANK if settings.rslora is None else settings.rslora
    divisor = math.sqrt(rank) if rslora else rank
    alpha = settings.alpha or (min(16.0, 2 * divisor) if rslora else 2.0 * rank)
    scale = alpha / divisor
    if scale > LARGEST_SCALE:
        root = " (alpha by the root of the rank, with rsLoRA)" if rslora else " (alpha by rank)"
        raise UsageError(
            f"alpha {alpha:g} at rank {rank} multiplies the adapters by {scale:.3g}{root}; more than"
            f" {LARGEST_SCALE:g} makes gradients explode. Use alpha {2 * divisor:.3g} or less, or leave"
            " it out."
        )
    rate = settings.learning_rate or (1e-4 if rank >= HIGH_RANK else 2e-4)
    return Adapters(rank, rslora, alpha, scale, rate)


def _check(settings: FinetuneSettings) -> None:
    bounds: dict[str, tuple[float, float]] = {
        "rank": (2, 256),
        "epochs": (1e-3, 10_000),
        "alpha": (1e-3, 1e6),
        "learning_rate": (1e-9, 1),
        "batch": (1, 4096),
        "accumulate": (1, 4096),
        "clip": (1e-6, 1e6),
        "warmup": (0, 0.9),
        "dropout": (0, 0.9),
        "save_every": (1, 1_000_000),
        "patience": (1, 10_000),
    }
    for name, (least, most) in bounds.items():
        value = getattr(settings, name)
        if value is not None and not least <= value <= most:
            raise UsageError(f"{name} is {value:g}; it must be from {least:g} to {most:g}.")
    if settings.patience and settings.save_every:
        raise UsageError("patience judges and saves each epoch: leave save_every out, or patience.")
    if settings.frame_size and not all(8 <= side <= 4096 for side in settings.frame_size):
        raise UsageError(
            f"frame_size is {settings.frame_size}; each side must be 8 to 4096 pixels."
        )
