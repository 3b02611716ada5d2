"""From the score of a tag to its confidence, and from which confidence on the tag counts.

Both come from frames whose tags are known (a validation set, never the training frames). The confidence
is Platt scaling (Platt 1999): ``1 / (1 + exp(-(weight * log(score) + bias)))``, fitted for each tag. The
threshold of a tag is the cut on its confidence that gives the highest F1 on those frames.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.vocabulary import Vocabulary

Scores = NDArray[np.float32]
Truth = NDArray[np.bool_]

FEWEST = 3
"""Frames with a tag, and without, that it takes to learn its threshold."""
_STEPS = 50
_RIDGE = 1e-2
_LEAST = 1e-30  # of a score: its logarithm is taken


class TagCut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was learnt of one tag.

    ``threshold`` above 1 means that the tag never counts: too few frames showed it, or its absence.
    """

    weight: float
    bias: float
    threshold: Annotated[float, Meta(ge=0)]
    frames: Annotated[int, Meta(ge=0)]  # that have the tag, of those it was learnt from


NEVER = TagCut(0.0, 0.0, 2.0, 0)


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of thresholds: for one model, one question and one vocabulary."""

    scorer: str  # whose scores they are for: ``Captioner.scorer``
    vocabulary: str  # id
    frames: int  # they were learnt from
    tags: dict[str, TagCut]

    @property
    def digest(self) -> str:
        """12 hex of all that decides what counts."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:12]

    def found(self, tags: Sequence[str], scores: Scores) -> dict[str, float]:
        """The tags that count in a frame with their confidence, most confident first."""
        cuts = [self.tags[tag] for tag in tags]
        confidences = _confidence(
            np.array([cut.weight for cut in cuts]),
            np.array([cut.bias for cut in cuts]),
            _logs(scores),
        )
        found = {
            tag: round(float(confidence), 4)
            for tag, confidence, cut in zip(tags, confidences, cuts, strict=True)
            if confidence >= cut.threshold
        }
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def learn(scorer: str, vocabulary: Vocabulary, scores: Scores, truth: Truth) -> Thresholds:
    """Learn thresholds from frames whose tags are known.

    Args:
        scorer: whose scores they are.
        vocabulary: the tags, in the order of the columns.
        scores: (frames, tags), 0 to 1.
        truth: (frames, tags), which are there.

    Raises:
        UsageError: there are no frames.
    """
    if not len(scores):
        raise UsageError("There are no frames to learn thresholds from.")
    logs = _logs(scores)
    cuts = {
        tag: _cut(logs[:, number], truth[:, number]) for number, tag in enumerate(vocabulary.tags)
    }
    return Thresholds(scorer, vocabulary.vocabulary_id, len(scores), cuts)


def read_thresholds(path: Path) -> Thresholds:
    """Read a file of thresholds.

    Raises:
        UsageError: it is not there or not one; the text says how to make it.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Thresholds)
    except OSError as error:
        problem = error.strerror or str(error)
    except msgspec.MsgspecError as error:
        problem = str(error)
    raise UsageError(
        f"Thresholds {path}: {problem}. `movietag calibrate` makes them from frames whose tags are"
        " known."
    )


def write_thresholds(thresholds: Thresholds, path: Path) -> None:
    """Write the file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.format(msgspec.json.encode(thresholds), indent=1) + b"\n")


def check_thresholds(thresholds: Thresholds, scorer: str, vocabulary: Vocabulary) -> None:
    """See to it that thresholds fit.

    Raises:
        UsageError: they are for another model, question or vocabulary.
    """
    remedy = "Make new ones with `movietag calibrate`."
    if thresholds.scorer != scorer:
        raise UsageError(
            f"The thresholds are for the scores of {thresholds.scorer}, not of {scorer}. {remedy}"
        )
    if thresholds.vocabulary != vocabulary.vocabulary_id:
        raise UsageError(
            f"The thresholds are for the vocabulary {thresholds.vocabulary}, not for"
            f" {vocabulary.vocabulary_id}. {remedy}"
        )
    if missing := [tag for tag in vocabulary.tags if tag not in thresholds.tags]:
        raise UsageError(f"The thresholds have none for the tag {missing[0]!r}. {remedy}")


def _cut(logs: NDArray[np.float64], truth: Truth) -> TagCut:
    there = int(truth.sum())
    if min(there, len(truth) - there) < FEWEST:
        return msgspec.structs.replace(NEVER, frames=there)
    weight, bias = _platt(logs, truth)
    confidences = _confidence(np.array(weight), np.array(bias), logs)
    return TagCut(weight, bias, _best_cut(confidences, truth), there)


def _platt(logs: NDArray[np.float64], truth: Truth) -> tuple[float, float]:
    """Weight and bias by Newton's method, on Platt's smoothed targets, with a little ridge."""
    middle, spread = float(logs.mean()), float(logs.std()) or 1.0
    rows = np.stack([(logs - middle) / spread, np.ones_like(logs)], 1)
    there = truth.sum()
    wanted = np.where(truth, (there + 1) / (there + 2), 1 / (len(truth) - there + 2))
    weights = np.zeros(2)
    for _ in range(_STEPS):
        now = _logistic(rows @ weights)
        slope = rows.T @ (now - wanted) + _RIDGE * weights
        curve = (rows * (now * (1 - now))[:, None]).T @ rows + _RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    weight = max(float(weights[0]), 0.0) / spread  # a higher score never means a lower confidence
    return weight, float(weights[1]) - weight * middle


def _best_cut(confidences: NDArray[np.float64], truth: Truth) -> float:
    """The middle between the two confidences where cutting gives the highest F1."""
    order = np.argsort(-confidences, kind="stable")
    ranked, hits = confidences[order], np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + truth.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = -1  # no cut between equals
    best = int(f1.argmax())
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)


def _confidence(
    weight: NDArray[np.float64], bias: NDArray[np.float64], logs: NDArray[np.float64]
) -> NDArray[np.float64]:
    return _logistic(weight * logs + bias)


def _logistic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def _logs(scores: Scores) -> NDArray[np.float64]:
    logs: NDArray[np.float64] = np.log(np.maximum(scores.astype(np.float64), _LEAST))
    return logs
