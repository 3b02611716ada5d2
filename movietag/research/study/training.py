"""Training a model of the study, and serving it: the same for its variants and for the ablation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.serving_settings import ServingSettings
from movietag.research.study.films import FilmFrames
from movietag.research.study.judging import reference_of
from movietag.research.study.variants import StudyFrames
from movietag.research.training.choosing import DatasetChoices
from movietag.research.training.dataset import build_dataset
from movietag.research.training.finetune import finetune, ignore_step
from movietag.research.training.record import RECORD, Training, read_training
from movietag.research.training.settings import FinetuneSettings
from movietag.research.training.watching import OnStep
from movietag.vocabulary import load
from movietag.vocabulary.sentence import QUESTION


def trained(
    run: Path,
    data: Path,
    films: Sequence[FilmFrames],
    choices: DatasetChoices,
    settings: FinetuneSettings,
    *,
    base: Path,
    on_step: OnStep = ignore_step,
) -> Training:
    """Train a model on films, or read it if an earlier call has trained it.

    Args:
        run: folder of the training.
        data: folder of the data set, which is built if missing.
        films: to train on.
        choices: which tags the frames' sentences name.
        settings: of the training.
        base: the model to train.
        on_step: receives each step.

    Raises:
        UsageError: settings or data are invalid.
    """
    if (run / RECORD).is_file():
        return read_training(run)
    if not data.is_dir():
        build_dataset(StudyFrames(films), reference_of(films), choices, data)
    return finetune(data, run, settings, base=base, on_step=on_step).training


def serving(base: Path, adapter: Path | None, max_new_tokens: int) -> ServingSettings:
    """The settings of config.pbtxt for a model; answers may be as long as those in training."""
    return ServingSettings(
        name="study",
        model_path=base,
        adapter_path=adapter,
        prompt=load_prompt(QUESTION),
        vocabulary=load("mpst"),
        max_new_tokens=max_new_tokens,
        do_pad=True,
        static_cache=False,
        image_options={},
        threads=0,
        max_batch=32,
    )
