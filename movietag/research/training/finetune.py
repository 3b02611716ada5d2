"""Fine-tuning a tagger: LoRA on the language model, by TRL's SFTTrainer and peft."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from movietag.captioning.pretrained import set_image_options
from movietag.captioning.tagger_id import folder_digest
from movietag.captioning.taught import Taught
from movietag.research.training.loading import MODEL, load_base, require_training
from movietag.research.training.record import VERSION, Point, Training, TrainingOutcome, TrainingRun
from movietag.research.training.runs import (
    CHECKPOINTS,
    claim,
    newest_whole,
    save_adapter,
    write_outcome,
)
from movietag.research.training.settings import FinetuneSettings, adapters_of
from movietag.research.training.stored import read_dataset
from movietag.research.training.templates import add_ends

if TYPE_CHECKING:
    from movietag.research.training.watching import OnStep

PACKAGES: Final = ("torch", "transformers", "trl", "peft", "movietag")


def ignore_step(_step: object) -> None:
    """An ``on_step`` that does nothing."""


@dataclass(frozen=True)
class Finetuned:
    """A finished training: the folder with the adapter, and its record."""

    folder: Path
    training: Training


def finetune(
    data: Path,
    out: Path,
    settings: FinetuneSettings | None = None,
    *,
    base: Path = MODEL,
    on_step: OnStep = ignore_step,
) -> Finetuned:
    """Train adapters on a data set's split `train`; on CUDA if available, else on the CPU.

    An interrupted training continues from its newest checkpoint if this is called again with the same
    arguments.

    Args:
        data: a data set of `movietag dataset build`.
        out: folder of the run: the adapter, training.json, history.csv, loss.svg and loss.png.
        settings: everything else that affects the result; default: ``FinetuneSettings()``.
        base: folder of the model that is trained; default: the demo model.
        on_step: receives each ``watching.Step``.

    Raises:
        UsageError: the extra is missing, a setting, the data or the base is invalid, ``out`` has other
            content, or a gradient is not finite.
    """
    require_training()
    from movietag.research.training.trainer import longest_answer, make_trainer, run_training  # noqa: PLC0415  # seconds

    choices = settings or FinetuneSettings()
    adapters = adapters_of(choices)
    stored = read_dataset(data)
    loaded = load_base(base)
    run = TrainingRun(choices, adapters, str(base), folder_digest(base), str(data), stored.digest)
    versions = {name: version(name) for name in PACKAGES}
    claim(out, run)
    set_image_options(loaded.processor, choices.image_options)
    mended = add_ends(loaded.processor)
    longest = longest_answer(loaded, stored, choices)
    trainer = make_trainer(loaded, stored, choices, adapters, out / CHECKPOINTS, on_step)
    checkpoint = newest_whole(out / CHECKPOINTS)
    start = time.monotonic()
    best = run_training(trainer, checkpoint, choices.patience)
    seconds = time.monotonic() - start
    points, checks = _history(trainer)
    taken = [point for point in points if best is None or point.step <= best]
    last_epoch = taken[-max(1, round(trainer.state.max_steps / choices.epochs)) :]
    model = trainer.model
    outcome = TrainingOutcome(
        steps=trainer.state.global_step,
        frames=len(stored.splits["train"]),
        movies=len(stored.movies("train")),
        loss=sum(point.loss for point in last_epoch) / len(last_epoch),
        validation_loss=checks[best or max(checks)] if checks else None,
        largest_gradient=max(point.gradient for point in points),
        seconds=round(seconds, 1),
        resumed_at=int(checkpoint.name.rpartition("-")[2]) if checkpoint else None,
        device=loaded.device,
        dtype=loaded.dtype,
        adapted_modules=sum("lora_A" in name for name, _ in model.named_parameters()),
        trainable_parameters=sum(one.numel() for one in model.parameters() if one.requires_grad),
        parameters=sum(one.numel() for one in model.parameters()),
        longest_answer=longest,
        template_mended=mended,
        versions=versions,
        best_step=best,
    )
    training = Training(VERSION, run, outcome)
    taught = Taught(
        questions=stored.questions,
        do_pad=choices.do_pad,
        frame_size=choices.frame_size,
        image_options=choices.image_options,
        longest_answer=longest,
        template=str(loaded.processor.chat_template),
    )
    save_adapter(out, model, loaded.processor, run.base_digest, taught)
    write_outcome(out, training, points, checks)
    shutil.rmtree(out / CHECKPOINTS)
    return Finetuned(out, training)


def _history(trainer: Any) -> tuple[list[Point], dict[int, float]]:
    """Every step, and step -> loss on the validation split."""
    history = trainer.state.log_history
    lines = [line for line in history if "grad_norm" in line]
    points = [Point(line["step"], line["loss"], line["grad_norm"]) for line in lines]
    checks = {
        int(line["step"]): float(line["eval_loss"]) for line in history if "eval_loss" in line
    }
    return points, checks
