"""The study from beginning to end; results that are already on disk are reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.vision_model import VisionModel
from movietag.research.demo_model.learning import Course
from movietag.research.evaluation.results import Evaluation
from movietag.research.study.base import make_base
from movietag.research.study.films import FilmFrames, Parts, draw_films
from movietag.research.study.judging import Tagged, read_pictures
from movietag.research.study.rows import Report, StudyFilms, TaggerRow, TaggerScores
from movietag.research.study.training import serving, trained
from movietag.research.study.variants import SCORED, VARIANTS, Variant
from movietag.research.training.cross_validation import cross_validate
from movietag.research.training.record import Training
from movietag.research.training.runs import ADAPTER
from movietag.research.training.settings import FinetuneSettings
from movietag.research.training.watching import Step
from movietag.vocabulary.sentence import NAMING


@dataclass(frozen=True, slots=True)
class StudySize:
    """The size of a study."""

    parts: Parts
    pictures: int  # that the base model learns to describe
    course: Course  # of it
    finetuning: FinetuneSettings
    resamples: int
    variants: str = "abcr"  # keys of the trained ones; must include the one that is scored
    seeds: tuple[int, ...] = (0,)  # of the trainings; the tables are of the first
    other_epochs: tuple[float, ...] = ()  # trained as well

    def repeats(self) -> list[FinetuneSettings]:
        """The trainings beyond those of the tables: with other seeds, and with other numbers of epochs."""
        first, *others = [
            msgspec.structs.replace(self.finetuning, epochs=epochs, seed=seed)
            for epochs in (self.finetuning.epochs, *self.other_epochs)
            for seed in self.seeds
        ]
        del first
        return others


class Repeat(msgspec.Struct, frozen=True):
    """The same taggers, trained on the same base and frames with another seed or number of epochs."""

    seed: int
    epochs: float
    rows: tuple[TaggerRow, ...]
    any_image: Evaluation
    cut: Evaluation


class Study(msgspec.Struct, frozen=True):
    """All results. ``any_image``: one image is enough for a tag, as in the paper; ``cut``: its own cut."""

    films: dict[str, int]  # train, validate, judge
    frames: dict[str, int]
    epochs: float
    rows: tuple[TaggerRow, ...]
    any_image: Evaluation
    cut: Evaluation
    seed: int = 0
    repeats: tuple[Repeat, ...] = ()


def run_study(folder: Path, size: StudySize, processes: int, report: Report) -> Study:
    """Draw, train, score. All results are stored in ``folder``."""
    films = _films(folder / "frames", size, processes, report)
    base = folder / "base"
    if not base.is_dir():
        make_base(base, size.pictures, size.course, processes, report)
    first = msgspec.structs.replace(size.finetuning, seed=size.seeds[0])
    judge = TaggerScores(films, report)
    judge.add("base", "the base model, before", _serving(base))
    _train_and_judge(judge, folder, films, first, size, report)
    any_image, cut = judge.evaluations(size.resamples)
    parts = {name: getattr(films, name) for name in ("train", "validate", "judge")}
    return Study(
        films={name: len(some) for name, some in parts.items()},
        frames={name: sum(len(one.tags) for one in some) for name, some in parts.items()},
        epochs=first.epochs,
        rows=judge.rows,
        any_image=any_image,
        cut=cut,
        seed=first.seed,
        repeats=tuple(_repeat(folder, films, one, size, report) for one in size.repeats()),
    )


def _repeat(
    folder: Path, films: StudyFilms, settings: FinetuneSettings, size: StudySize, report: Report
) -> Repeat:
    """Train and judge again; films, base model and data sets are those of the first time."""
    judge = TaggerScores(films, report)
    _train_and_judge(judge, folder, films, settings, size, report)
    return Repeat(settings.seed, settings.epochs, judge.rows, *judge.evaluations(size.resamples))


def _train_and_judge(
    judge: TaggerScores,
    folder: Path,
    films: StudyFilms,
    settings: FinetuneSettings,
    size: StudySize,
    report: Report,
) -> None:
    """Each variant trained with these settings, and the scored one."""
    base = folder / "base"
    usual = settings == msgspec.structs.replace(size.finetuning, seed=0)
    suffix = "" if usual else f"-{settings.epochs:g}-epochs-seed-{settings.seed}"
    for variant in (one for one in VARIANTS if one.key in size.variants):
        run = folder / f"run-{variant.key}{suffix}"
        training = _trained(folder, run, variant, films.train, settings, report)
        judge.add(variant.key, variant.what, _serving(base, run / ADAPTER, training), training)
    adapter = folder / f"run-{SCORED}{suffix}" / ADAPTER
    scoring, validated = _scoring(_serving(base, adapter), films.validate)
    what = f"as {SCORED}, but the tags are scored in one pass"
    judge.add(f"{SCORED} scored", what, scoring, validated=validated)


def _films(folder: Path, size: StudySize, processes: int, report: Report) -> StudyFilms:
    drawn = 0

    def done() -> None:
        nonlocal drawn
        drawn += 1
        report("films", drawn, len(size.parts.all))

    parts = size.parts
    made = draw_films(parts.all, folder, processes, done, parts.shots, parts.videos)
    films = {film.seed: film for film in made}
    each = (parts.train, parts.validate, parts.judge)
    return StudyFilms(*([films[seed] for seed in part] for part in each))


def _trained(
    folder: Path,
    run: Path,
    variant: Variant,
    films: Sequence[FilmFrames],
    settings: FinetuneSettings,
    report: Report,
) -> Training:
    """Train a variant, or read it if an earlier call has trained it."""

    def on_step(step: Step) -> None:
        report(f"training {variant.key} (loss {step.loss:.3f})", step.step, step.steps)

    return trained(
        run,
        folder / f"data-{variant.key}",
        films,
        variant.choices,
        settings,
        base=folder / "base",
        on_step=on_step,
    )


def _serving(
    base: Path, adapter: Path | None = None, training: Training | None = None
) -> ServingSettings:
    return serving(base, adapter, max(48, training.outcome.longest_answer if training else 0))


def _scoring(
    serving: ServingSettings, films: Sequence[FilmFrames]
) -> tuple[ServingSettings, Tagged]:
    """The same model scoring tags, with thresholds learned on these films; and the films' tags out of fold."""
    model = VisionModel(replace(serving, answer=NAMING))
    scores, truth = [], []
    for film in films:
        scores.append(model.scores(read_pictures(model, film))[0])
        truth += [[tag in tags for tag in serving.vocabulary.tags] for tags in film.tags]
    movies = [str(film.seed) for film in films for _ in film.tags]
    learned = cross_validate(
        model.scorer, serving.vocabulary, np.concatenate(scores), np.array(truth), movies
    )
    found = iter(learned.out_of_fold)
    tags = np.array(serving.vocabulary.tags)
    tagged = [tuple(frozenset(tags[next(found)].tolist()) for _ in film.tags) for film in films]
    settings = replace(model.settings, thresholds=learned.thresholds)
    return settings, Tagged(tuple(tagged), 0.0, ())
