"""Monitoring a training: progress, and gradients that are not finite."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import TrainerCallback

from movietag.research.training.record import DivergedError


@dataclass(frozen=True, slots=True)
class Step:
    """A finished step: loss (mean over tokens) and norm of the gradient before clipping."""

    step: int
    steps: int
    loss: float
    gradient: float
    rate: float
    seconds: float


OnStep = Callable[[Step], None]


Lines = Sequence[Mapping[str, Any]]
"""A trainer's ``log_history``."""


def best_step(lines: Lines) -> int:
    """The step with the lowest validation loss, the first of several."""
    return min(_checks(lines), key=lambda check: check[1])[0]


def is_exhausted(lines: Lines, patience: int) -> bool:
    """Whether the last ``patience`` checks brought no lower validation loss."""
    losses = [loss for _, loss in _checks(lines)]
    return len(losses) > patience and min(losses[-patience:]) >= min(losses[:-patience])


def _checks(lines: Lines) -> list[tuple[int, float]]:
    return [(int(one["step"]), float(one["eval_loss"])) for one in lines if "eval_loss" in one]


class EarlyStop(TrainerCallback):
    """Stops once the validation loss has not fallen for ``patience`` checks.

    It has no memory but the trainer's history, which checkpoints hold: a resumed training stops at the same step.
    """

    def __init__(self, patience: int) -> None:
        self._patience = patience

    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """After each epoch."""
        del args, given
        if is_exhausted(state.log_history, self._patience):
            control.should_training_stop = True


class Watch(TrainerCallback):
    """Reports each step, and stops before a step with a gradient that is not finite.

    Raises:
        DivergedError: from ``train``; the weights are those of the step before.
    """

    def __init__(self, on_step: OnStep) -> None:
        self._on_step = on_step
        self._start = time.monotonic()

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """After clipping, which leaves NaN where the norm was not finite."""
        del control
        gradients = [one.grad for one in given["model"].parameters() if one.grad is not None]
        if all(bool(one.isfinite().all()) for one in gradients):
            return
        raise DivergedError(
            f"Step {state.global_step + 1}: the gradient is not finite (NaN or infinite); this step was"
            f" discarded. Lower the learning rate (now {args.learning_rate:g}), the rank or alpha; at a"
            " high rank use rsLoRA."
        )

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **given: Any) -> None:
        """Every step, as ``logging_steps`` is 1; the summary at the end has no gradient."""
        del args, control, given
        if logs and "grad_norm" in logs:
            self._on_step(
                Step(
                    state.global_step,
                    state.max_steps,
                    float(logs["loss"]),
                    float(logs["grad_norm"]),
                    float(logs["learning_rate"]),
                    time.monotonic() - self._start,
                )
            )
