"""The effect of each choice: the sentence, rank and scale of the adapters, the size of the frames.

The paper's ablations and further ones, on drawn films: a table of loss, gradient, F1 and time.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from PIL.Image import Resampling

from movietag.captioning.pictures import decode_picture
from movietag.captioning.vision_model import VisionModel
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.research.demo_model.design import transformers
from movietag.research.demo_model.scoring import micro_f1
from movietag.research.demo_model.served import caption_jpegs
from movietag.research.study.films import FilmFrames
from movietag.research.study.training import serving, trained
from movietag.research.study.variants import finetuning
from movietag.research.training.choosing import DatasetChoices
from movietag.research.training.record import DivergedError, Training
from movietag.research.training.runs import ADAPTER
from movietag.research.training.settings import FinetuneSettings, adapters_of

RANKS: Final = (2, 4, 8, 64, 128, 256)
WIDTH: Final = 128  # of the demo model's layers
FIXED_ALPHA: Final = 4.0
SHOT: Final = DatasetChoices(per="shot")

Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One training: what it varies, and why its result may mean little."""

    series: str
    name: str
    choices: DatasetChoices
    settings: FinetuneSettings
    note: str = ""

    @property
    def key(self) -> str:
        """The name of its run: equal trainings of different series are trained once.

        alpha and rsLoRA only determine the scale.
        """
        scale = adapters_of(self.settings).scale
        rest = msgspec.structs.replace(self.settings, alpha=None, rslora=None)
        made = msgspec.json.encode((self.choices, rest, scale))
        return hashlib.sha256(made).hexdigest()[:12]


class AblationRow(msgspec.Struct, frozen=True):
    """One row; it has no loss if the training was stopped.

    Args:
        series: what is varied.
        name: the choice.
        scale: what the adapters are multiplied by.
        loss: mean of the last epoch; not comparable between different sentences.
        gradient: largest norm before clipping.
        f1: micro, over frames of unseen films and the drawn tags.
        seconds: of the training; null if it was interrupted.
        note: why it means little, if it does.
    """

    series: str
    name: str
    scale: float
    loss: float | None
    gradient: float | None
    f1: float | None
    seconds: float | None
    note: str


def trials(epochs: float) -> tuple[Trial, ...]:
    """All trials. Rank 2, 4, 8 are to this model's width what 64, 128, 256 are to LLaVA's 4,096."""
    return tuple(_trials(finetuning(epochs)))


def _trials(usual: FinetuneSettings) -> Iterator[Trial]:
    replace = msgspec.structs.replace
    for name, choices in (
        ("every tag of the movie", DatasetChoices()),
        ("3 tags of the movie", DatasetChoices(most=3)),
        ("the tags of the shot", SHOT),
    ):
        note = "" if choices is SHOT else "its answers do not depend on the frame"
        yield Trial("sentence", name, choices, usual, note)
    for series, alpha, rslora in (
        ("rank, alpha 2r", None, False),
        (f"rank, alpha {FIXED_ALPHA:g}", FIXED_ALPHA, False),
        (f"rank, alpha {FIXED_ALPHA:g}, rsLoRA", FIXED_ALPHA, True),
    ):
        for rank in RANKS:
            settings = replace(usual, rank=rank, alpha=alpha, rslora=rslora)
            note = f"rank of a layer {WIDTH} wide: at most {WIDTH}" if rank >= WIDTH else ""
            yield Trial(series, f"{rank}", SHOT, settings, note)
    sizes = (None, (360, 180), (180, 90), (32, 18), (16, 9))
    for size in sizes:
        name = f"{size[0]}x{size[1]}" if size else "as it is (640x360)"
        note = "the model sees 128 pixels in width" if size and size[0] > WIDTH else ""
        yield Trial("frame size", name, SHOT, replace(usual, frame_size=size), note)


def run_trials(
    folder: Path,
    base: Path,
    films: tuple[Sequence[FilmFrames], Sequence[FilmFrames]],
    wanted: Sequence[Trial],
    report: Report,
) -> tuple[AblationRow, ...]:
    """Train and score each; trainings of an earlier call are reused.

    Args:
        folder: folder for data sets and runs.
        base: the model to train.
        films: to train on, and to score.
        wanted: the trials.
        report: receives the current step, the number of finished trials, and of all.

    Raises:
        UsageError: a trial's settings or data are invalid.
    """
    train, judge = films
    transformers.utils.logging.disable_progress_bar()
    results = []
    for number, trial in enumerate(wanted):
        report(f"{trial.series}: {trial.name}", number, len(wanted))
        results.append(_result(folder, base, train, judge, trial))
    report("all trained and judged", len(wanted), len(wanted))
    return tuple(results)


def _result(
    folder: Path,
    base: Path,
    train: Sequence[FilmFrames],
    judge: Sequence[FilmFrames],
    trial: Trial,
) -> AblationRow:
    run = folder / f"run-{trial.key}"
    choices = hashlib.sha256(msgspec.json.encode(trial.choices)).hexdigest()[:12]
    data = folder / f"data-{choices}"
    scale = adapters_of(trial.settings).scale
    try:
        training = trained(run, data, train, trial.choices, trial.settings, base=base)
    except DivergedError:
        note = "stopped: a gradient was not finite"
        return AblationRow(trial.series, trial.name, scale, None, None, None, None, note)
    outcome = training.outcome
    return AblationRow(
        series=trial.series,
        name=trial.name,
        scale=scale,
        loss=outcome.loss,
        gradient=outcome.largest_gradient,
        f1=_f1(base, run / ADAPTER, training, judge),
        seconds=None if outcome.resumed_at else outcome.seconds,
        note=trial.note,
    )


def _f1(base: Path, adapter: Path, training: Training, films: Sequence[FilmFrames]) -> float:
    """Micro F1 over the films' frames, shown in the size used for training."""
    settings = training.run.settings
    model = VisionModel(serving(base, adapter, training.outcome.longest_answer + 8))
    predicted, true = [], []
    for film in films:
        frames = [_shrunk(path, settings.frame_size) for path in film.paths]
        for caption in caption_jpegs(model, frames):
            said = model.settings.vocabulary.match(caption)
            predicted.append([tag in said for tag in DRAWN_TAGS])
        true += [[tag in tags for tag in DRAWN_TAGS] for tags in film.tags]
    return micro_f1(np.array(predicted), np.array(true))


def _shrunk(path: Path, size: tuple[int, int] | None) -> bytes:
    """A frame as in training: shrunk before anything else."""
    data = path.read_bytes()
    if size is None:
        return data
    small = io.BytesIO()
    decode_picture(data).resize(size, Resampling.BICUBIC).save(small, "PNG")
    return small.getvalue()


def ablation_table(results: Sequence[AblationRow], about: str) -> str:
    """All rows in Markdown, below a line that says how they were made."""
    lines = [about, "", "| | | scale | loss | largest gradient | F1 a frame | seconds | |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    before = ""
    for one in results:
        series = one.series if one.series != before else ""
        before = one.series
        cells = [
            f"{one.scale:.3g}",
            _number(one.loss, ".4f"),
            _number(one.gradient, ".2f"),
            _number(one.f1, ".3f"),
            _number(one.seconds, ".0f"),
        ]
        lines.append(f"| {series} | {one.name} | {' | '.join(cells)} | {one.note} |")
    return "\n".join(lines) + "\n"


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
