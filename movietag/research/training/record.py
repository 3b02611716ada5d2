"""The record of a training: enough to repeat it, and to identify its adapter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from movietag.errors import UsageError
from movietag.research.training.settings import Adapters, FinetuneSettings

RECORD: Final = "training.json"
VERSION: Final = 1


class DivergedError(UsageError):
    """A training was stopped: a gradient was not finite."""


class TrainingRun(msgspec.Struct, frozen=True):
    """The inputs of a training, which decide its result: it may only be continued with the same ones.

    ``base_digest`` is ``folder_digest`` of the base model, ``data_digest`` that of the data set.
    """

    settings: FinetuneSettings
    adapters: Adapters
    base: str
    base_digest: str
    data: str
    data_digest: str


class TrainingOutcome(msgspec.Struct, frozen=True):
    """The result; losses are means over the tokens of the answers.

    With early stop ``best_step`` is the step whose adapter is kept, and the losses are those of its epoch. ``seconds``
    counts only the last start if the training was resumed at ``resumed_at``.
    """

    steps: int
    frames: int
    movies: int
    loss: float  # mean of the last epoch's steps
    validation_loss: float | None
    largest_gradient: float  # norm, before clipping
    seconds: float
    resumed_at: int | None  # step
    device: str
    dtype: str
    adapted_modules: int
    trainable_parameters: int
    parameters: int
    longest_answer: int  # tokens: serve with `max_new_tokens` no smaller
    template_mended: bool
    versions: dict[str, str]
    best_step: int | None = None  # None: the last one


class Training(msgspec.Struct, frozen=True):
    """``training.json``, next to the adapter."""

    version: int
    run: TrainingRun
    outcome: TrainingOutcome


@dataclass(frozen=True, slots=True)
class Point:
    """A step of a training: mean loss over tokens, and norm of the gradient before clipping."""

    step: int
    loss: float
    gradient: float


def read_training(folder: Path) -> Training:
    """The record next to an adapter.

    Raises:
        UsageError: there is no finished training, or it is of another version.
    """
    path = folder / RECORD
    try:
        training = msgspec.json.decode(path.read_bytes(), type=Training)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}. Is the training unfinished? The same"
            " `movietag finetune` command continues it."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}. Train again: `movietag finetune`.") from None
    if training.version != VERSION:
        raise UsageError(f"{path} is of version {training.version}, not {VERSION}. Train again.")
    return training


def differences(one: TrainingRun, other: TrainingRun) -> list[str]:
    """The differences between two runs, in words; paths do not count."""
    pairs = [
        (name, getattr(one.settings, name), getattr(other.settings, name))
        for name in FinetuneSettings.__struct_fields__
    ]
    pairs += [
        ("base model", one.base_digest[:12], other.base_digest[:12]),
        ("data set", one.data_digest[:12], other.data_digest[:12]),
    ]
    return [f"{name} {was} is now {now}" for name, was, now in pairs if was != now]
