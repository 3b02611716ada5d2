"""The study from beginning to end; results that are already on disk are reused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.vision_model import VisionModel
from movietag.research.demo_model.learning import Course
from movietag.research.evaluation.evaluating import evaluate
from movietag.research.evaluation.results import Choices, Evaluation
from movietag.research.evaluation.tables import Assigned
from movietag.research.study.base import make_base
from movietag.research.study.films import FilmFrames, Parts, draw_films
from movietag.research.study.judging import (
    Tagged,
    assigned_of,
    cut_at,
    frame_f1,
    own_cut,
    read_pictures,
    reference_of,
    tag_films,
)
from movietag.research.study.training import serving, trained
from movietag.research.study.variants import RELEVANCE, SCORED, VARIANTS, Variant
from movietag.research.training.cross_validation import cross_validate
from movietag.research.training.record import Training
from movietag.research.training.runs import ADAPTER
from movietag.research.training.settings import FinetuneSettings
from movietag.research.training.watching import Step
from movietag.vocabulary.sentence import NAMING

Report = Callable[[str, int, int], None]
"""Receives the current step, how much of it is done, and its total."""


@dataclass(frozen=True, slots=True)
class StudySize:
    """The size of a study."""

    parts: Parts
    pictures: int  # that the base model learns to describe
    course: Course  # of it
    finetuning: FinetuneSettings
    resamples: int
    variants: str = "abcr"  # keys of the trained ones; must include the one that is scored


class TaggerRow(msgspec.Struct, frozen=True):
    """One tagger: how it was made, and its scores per frame.

    ``cut`` is the least appearance ratio at which a tag is assigned, selected on the validation films, and
    ``cut_f1`` its micro F1 there, out of fold; ``per_second`` are frames tagged per second, and ``seconds`` the duration of the training.
    """

    key: str
    what: str
    frames: int  # trained on
    loss: float | None
    seconds: float | None
    cut: float
    cut_f1: float
    frame_f1: float
    tag_f1: dict[str, float]
    per_second: float
    examples: tuple[str, ...]


class Study(msgspec.Struct, frozen=True):
    """All results. ``any_image``: one image is enough for a tag, as in the paper; ``cut``: its own cut."""

    films: dict[str, int]  # train, validate, judge
    frames: dict[str, int]
    epochs: float
    rows: tuple[TaggerRow, ...]
    any_image: Evaluation
    cut: Evaluation


@dataclass(frozen=True, slots=True)
class _Films:
    train: list[FilmFrames]
    validate: list[FilmFrames]
    judge: list[FilmFrames]


def run_study(folder: Path, size: StudySize, processes: int, report: Report) -> Study:
    """Draw, train, score. All results are stored in ``folder``."""
    films = _films(folder / "frames", size, processes, report)
    base = folder / "base"
    if not base.is_dir():
        make_base(base, size.pictures, size.course, processes, report)
    judge = _Judge(films, report)
    judge.add("base", "the base model, before", _serving(base))
    for variant in (one for one in VARIANTS if one.key in size.variants):
        adapter = folder / f"run-{variant.key}" / ADAPTER
        training = _trained(folder, variant, films.train, size, report)
        judge.add(variant.key, variant.what, _serving(base, adapter, training), training)
    scoring, validated = _scoring(
        _serving(base, folder / f"run-{SCORED}" / ADAPTER), films.validate
    )
    what = f"as {SCORED}, but the tags are scored in one pass"
    judge.add(f"{SCORED} scored", what, scoring, validated=validated)
    return judge.study(size)


def _films(folder: Path, size: StudySize, processes: int, report: Report) -> _Films:
    drawn = 0

    def done() -> None:
        nonlocal drawn
        drawn += 1
        report("films", drawn, len(size.parts.all))

    parts = size.parts
    made = draw_films(parts.all, folder, processes, done, parts.shots, parts.videos)
    films = {film.seed: film for film in made}
    each = (parts.train, parts.validate, parts.judge)
    return _Films(*([films[seed] for seed in part] for part in each))


def _trained(
    folder: Path, variant: Variant, films: Sequence[FilmFrames], size: StudySize, report: Report
) -> Training:
    """Train a variant, or read it if an earlier call has trained it."""

    def on_step(step: Step) -> None:
        report(f"training {variant.key} (loss {step.loss:.3f})", step.step, step.steps)

    return trained(
        folder / f"run-{variant.key}",
        folder / f"data-{variant.key}",
        films,
        variant.choices,
        size.finetuning,
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


class _Judge:
    """Scores taggers one after the other, all on the same frames."""

    def __init__(self, films: _Films, report: Report) -> None:
        self._films = films
        self._report = report
        self._rows: list[TaggerRow] = []
        self._runs: list[Assigned] = []
        self._cut_runs: list[Assigned] = []

    def add(
        self,
        key: str,
        what: str,
        serving: ServingSettings,
        training: Training | None = None,
        validated: Tagged | None = None,
    ) -> None:
        """Score one tagger; ``validated`` are the validation films' tags, if they are known already."""
        model = VisionModel(serving)
        validated = validated or self._tag(model, self._films.validate)
        chosen = assigned_of(key, self._films.validate, validated)
        cut = own_cut(chosen, reference_of(self._films.validate), RELEVANCE)
        tagged = self._tag(model, self._films.judge, key)
        run = assigned_of(key, self._films.judge, tagged)
        f1, by_tag = frame_f1(self._films.judge, tagged)
        outcome = training.outcome if training else None
        self._rows.append(
            TaggerRow(
                key=key,
                what=what,
                frames=outcome.frames if outcome else 0,
                loss=outcome.loss if outcome else None,
                seconds=outcome.seconds if outcome else None,
                cut=cut.ratio,
                cut_f1=cut.f1,
                frame_f1=f1,
                tag_f1=dict(by_tag),
                per_second=tagged.per_second,
                examples=tagged.examples,
            )
        )
        self._runs.append(run)
        self._cut_runs.append(cut_at(run, cut.ratio))

    def _tag(self, model: VisionModel, films: Sequence[FilmFrames], key: str = "") -> Tagged:
        def report(done: int, total: int) -> None:
            self._report(f"judging {key}" if key else "choosing a cut", done, total)

        return tag_films(model, films, model.settings.vocabulary, report)

    def study(self, size: StudySize) -> Study:
        """All taggers, side by side."""
        parts = {name: getattr(self._films, name) for name in ("train", "validate", "judge")}
        reference = reference_of(self._films.judge)
        choices = Choices(relevance=RELEVANCE, resamples=size.resamples)
        return Study(
            films={name: len(films) for name, films in parts.items()},
            frames={name: sum(len(one.tags) for one in films) for name, films in parts.items()},
            epochs=size.finetuning.epochs,
            rows=tuple(self._rows),
            any_image=evaluate(reference, self._runs, choices),
            cut=evaluate(reference, self._cut_runs, choices),
        )
