"""The folder of a training: which run owns it, and its content at the end."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from movietag.captioning.pretrained import whole_weights
from movietag.captioning.tagger_id import BASE_DIGEST
from movietag.captioning.taught import Taught, write_taught
from movietag.errors import UsageError
from movietag.files import make_readable, new_folder, write_whole
from movietag.research.training.record import RECORD, Point, Training, TrainingRun, differences

RUN: Final = "run.json"
ADAPTER: Final = "adapter"
CHECKPOINTS: Final = "checkpoints"
HISTORY: Final = "history.csv"
_NAME: Final = re.compile(r"checkpoint-(\d+)")
LAST_WRITTEN: Final = "trainer_state.json"
"""transformers writes it after weights, optimizer, scheduler and random states."""


def claim(out: Path, run: TrainingRun) -> None:
    """Make ``out`` this run's folder, or check that it is.

    Raises:
        UsageError: it belongs to another run, or the run is finished.
    """
    if (out / RECORD).is_file():
        raise UsageError(
            f"{out} holds a finished training. Name another folder, or remove it first."
        )
    path = out / RUN
    if path.is_file():
        try:
            before = msgspec.json.decode(path.read_bytes(), type=TrainingRun)
        except (OSError, msgspec.DecodeError) as error:
            raise UsageError(f"{path}: {error}. Remove {out} to start over.") from None
        if other := differences(before, run):
            raise UsageError(
                f"{out} holds an unfinished training with other settings ({'; '.join(other)}). Use the"
                " same ones to continue it, or remove the folder to start over."
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and is not a training. Name another folder.")
    out.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.format(msgspec.json.encode(run), indent=1))


def save_adapter(out: Path, model: Any, processor: Any, base_digest: str, taught: Taught) -> None:
    """Save the adapter with the processor and what it was taught with, so serving asks in the same way."""
    shutil.rmtree(out / ADAPTER, ignore_errors=True)  # of a start that was killed at this point
    with new_folder(out / ADAPTER) as part:
        model.save_pretrained(part)
        processor.save_pretrained(part)
        (part / "README.md").unlink(missing_ok=True)  # peft's empty model card
        (part / BASE_DIGEST).write_text(base_digest)  # serving rejects it on another base
        write_taught(taught, part)
        make_readable(part)


def write_outcome(
    out: Path, training: Training, points: Sequence[Point], checks: Mapping[int, float]
) -> None:
    """Write the history, the figure, and finally the record, which marks the training as finished."""
    from movietag.research.training.curves import loss_figure  # noqa: PLC0415  # matplotlib: half a second

    run, outcome = training.run, training.outcome
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("step", "loss", "gradient_norm", "validation_loss"))
    for point in points:
        writer.writerow((point.step, point.loss, point.gradient, checks.get(point.step, "")))
    write_whole(out / HISTORY, table.getvalue().encode())
    method = "rsLoRA" if run.adapters.rslora else "LoRA"
    about = (
        f"{method}, rank {run.adapters.rank}, alpha {run.adapters.alpha:g}, learning rate"
        f" {run.adapters.learning_rate:g}, seed {run.settings.seed}; {outcome.frames} frames of"
        f" {outcome.movies} movies, {run.settings.epochs:g} epochs.\n"
        f"Loss: mean over the tokens of the answers. Computed in {outcome.dtype} on {outcome.device}."
    )
    for suffix, data in loss_figure(points, checks, run.settings.clip, about).items():
        write_whole(out / f"loss.{suffix}", data)
    write_whole(out / RECORD, msgspec.json.format(msgspec.json.encode(training), indent=1))


def newest_whole(folder: Path) -> Path | None:
    """The complete checkpoint with the most steps; None without one."""
    whole = []
    for path in folder.glob("checkpoint-*"):
        name = _NAME.fullmatch(path.name)
        if name and (path / LAST_WRITTEN).is_file() and _is_whole(path):
            whole.append((int(name[1]), path))
    return max(whole)[1] if whole else None


def _is_whole(path: Path) -> bool:
    try:
        whole_weights(path, needed=True)
    except UsageError:
        return False
    return True
