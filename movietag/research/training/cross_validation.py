"""Thresholds that are judged on frames they were not learned from.

The frames are parted into folds, movies staying whole; each fold is judged with the cuts of the others. A
tag counts only if its F1 there is above that of "always", by more than chance would give: the 5th percentile
of the gain over resampled movies is above 0. The thresholds themselves are then learned from all frames.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from movietag.captioning.thresholds import (
    NEVER,
    Judgement,
    Numbers,
    Scores,
    TagCut,
    TagJudgement,
    Thresholds,
    Truth,
    log_scores,
)
from movietag.errors import UsageError
from movietag.research.demo_model.scoring import micro_f1
from movietag.research.training.cuts import apply_cut, enough, learn_cut
from movietag.vocabulary import Vocabulary

FOLDS: Final = 5
RESAMPLES: Final = 1000
CHANCE: Final = 0.05
"""How likely a tag may count whose score says no more than "always"."""

Names = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Learned:
    """Thresholds, and which tags each frame has by the cuts of the other folds: (frames, tags)."""

    thresholds: Thresholds
    out_of_fold: Truth


def cross_validate(
    scorer: str,
    vocabulary: Vocabulary,
    scores: Scores,
    truth: Truth,
    movies: Sequence[str] = (),
) -> Learned:
    """Learn thresholds from frames whose tags are known, and judge them out of fold; deterministic.

    Args:
        scorer: whose scores they are.
        vocabulary: the tags, in the order of the columns.
        scores: (frames, tags), 0 to 1.
        truth: (frames, tags), which are there.
        movies: of each frame; empty: unknown. A tag that fewer than two movies have is judged over frames,
            those that follow each other in one fold.

    Raises:
        UsageError: there are no frames.
    """
    if not len(scores):
        raise UsageError("There are no frames to learn thresholds from.")
    logs, names = log_scores(scores), np.array(movies or [""] * len(scores))
    predicted = np.zeros_like(truth)
    cuts: dict[str, TagCut] = {}
    judged: dict[str, TagJudgement] = {}
    for number, tag in enumerate(vocabulary.tags):
        column, wanted = logs[:, number], truth[:, number]
        cuts[tag], found = _judged_cut(column, wanted, names)
        if found:
            judged[tag] = found
        predicted[:, number] = _out_of_fold(column, wanted, names, _cut_if_it_says_more)
    columns = [tag in judged for tag in vocabulary.tags]
    judgement = Judgement(
        folds=FOLDS,
        movies=len(set(movies)),
        f1=micro_f1(predicted[:, columns], truth[:, columns]),
        always=micro_f1(np.ones_like(truth[:, columns]), truth[:, columns]),
        tags=judged,
        never={
            tag: "says-no-more-than-always" if tag in judged else "too-few-frames"
            for tag, cut in cuts.items()
            if not cut.counts
        },
    )
    thresholds = Thresholds(scorer, vocabulary.tags_id, len(scores), cuts, judgement)
    return Learned(thresholds, predicted)


def _judged_cut(logs: Numbers, truth: Truth, movies: Names) -> tuple[TagCut, TagJudgement | None]:
    """A tag's cut, which never counts if it says no more than "always"; None with too few frames."""
    cut = learn_cut(logs, truth)
    if not enough(truth):
        return cut, None
    judged = _judge(_out_of_fold(logs, truth, movies, _plain_cut), truth, movies)
    if judged.f1 > judged.always and judged.least_gain > 0:
        return cut, judged
    return msgspec.structs.replace(cut, threshold=NEVER.threshold), judged


def _cut_if_it_says_more(logs: Numbers, truth: Truth, movies: Names) -> TagCut:
    return _judged_cut(logs, truth, movies)[0]


def _plain_cut(logs: Numbers, truth: Truth, _movies: Names) -> TagCut:
    return learn_cut(logs, truth)


def _out_of_fold(
    logs: Numbers,
    truth: Truth,
    movies: Names,
    learn: Callable[[Numbers, Truth, Names], TagCut],
) -> Truth:
    """In which frames a tag counts, by the cut that the frames of the other folds give."""
    found = np.zeros_like(truth)
    fold_of = _folds(truth, movies)
    for fold in range(int(fold_of.max()) + 1):
        here = fold_of == fold
        cut = learn(logs[~here], truth[~here], movies[~here])
        found[here] = apply_cut(cut, logs[here])
    return found


def _by_movie(truth: Truth, movies: Names) -> bool:
    """Whether movies can be parted: at least two of them have the tag."""
    return len(set(movies[truth])) > 1


def _folds(truth: Truth, movies: Names) -> NDArray[np.int64]:
    """The fold of each frame; frames that have the tag are spread over all folds as evenly as possible."""
    folds = np.zeros(len(truth), np.int64)
    if not _by_movie(truth, movies):
        for part in (np.flatnonzero(truth), np.flatnonzero(~truth)):
            for fold, some in enumerate(np.array_split(part, FOLDS)):
                folds[some] = fold
        return folds
    frames = {name: movies == name for name in np.unique(movies)}
    ranked = sorted(frames, key=lambda name: (-int(truth[frames[name]].sum()), _hashed(name)))
    count = min(FOLDS, len(ranked))
    turns = [*range(count), *reversed(range(count))]  # whoever chose last chooses first
    for place, name in enumerate(ranked):
        folds[frames[name]] = turns[place % len(turns)]
    return folds


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _judge(found: Truth, truth: Truth, movies: Names) -> TagJudgement:
    """F1 of what was found, of "always", and the gain that resampling leaves in 95 of 100 cases."""
    over = "movies" if _by_movie(truth, movies) else "frames"
    units = movies if over == "movies" else np.arange(len(truth)).astype(str)
    counted = np.stack([found & truth, found, truth, np.ones_like(truth)], 1).astype(np.int64)
    _, unit = np.unique(units, return_inverse=True)
    sums = np.zeros((int(unit.max()) + 1, 4), np.int64)
    np.add.at(sums, unit, counted)
    kinds, number = np.unique(sums, axis=0, return_counts=True)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(sums), number / len(sums), RESAMPLES) @ kinds
    drawn = drawn[drawn[:, 2] > 0]  # without the tag nothing can be said of it
    f1, always = _f1(counted.sum(0)[None])
    gains = np.subtract(*_f1(drawn))
    return TagJudgement(
        f1=round(float(f1[0]), 4),
        always=round(float(always[0]), 4),
        least_gain=round(float(np.quantile(gains, CHANCE)), 4),
        over="movies" if over == "movies" else "frames",
    )


def _f1(counted: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    """F1 of what was found and of "always"; columns: right, found, true, all."""
    right, found, true, every = counted.T
    return 2 * right / (found + true), 2 * true / (true + every)
