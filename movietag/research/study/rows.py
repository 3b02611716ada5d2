"""Scoring taggers on the study's films: what a row of its tables has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.vision_model import VisionModel
from movietag.research.evaluation.evaluating import evaluate
from movietag.research.evaluation.results import Choices, Evaluation
from movietag.research.evaluation.tables import Assigned
from movietag.research.study.films import FilmFrames
from movietag.research.study.judging import (
    Tagged,
    assigned_of,
    cut_at,
    frame_f1,
    own_cut,
    reference_of,
    tag_films,
)
from movietag.research.study.variants import RELEVANCE
from movietag.research.training.record import Training

Report = Callable[[str, int, int], None]
"""Receives the current step, how much of it is done, and its total."""


@dataclass(frozen=True, slots=True)
class StudyFilms:
    """The films to train on, to choose cuts and thresholds on, and to judge."""

    train: list[FilmFrames]
    validate: list[FilmFrames]
    judge: list[FilmFrames]


class TaggerRow(msgspec.Struct, frozen=True):
    """One tagger: how it was made, and its scores per frame.

    ``cut`` is the least appearance ratio at which a tag is assigned, selected on the validation films, and ``cut_f1`` its
    micro F1 there, out of fold; ``per_second`` are frames tagged per second, and ``seconds`` the duration of the
    training.
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


class TaggerScores:
    """Scores taggers one after the other, all on the same frames."""

    def __init__(self, films: StudyFilms, report: Report) -> None:
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

    @property
    def rows(self) -> tuple[TaggerRow, ...]:
        """The taggers that were scored, in order."""
        return tuple(self._rows)

    def evaluations(self, resamples: int) -> tuple[Evaluation, Evaluation]:
        """All taggers, side by side: with one image enough for a tag, and from each one's own cut on."""
        reference = reference_of(self._films.judge)
        choices = Choices(relevance=RELEVANCE, resamples=resamples)
        loose, strict = (
            evaluate(reference, runs, choices) for runs in (self._runs, self._cut_runs)
        )
        return loose, strict
