"""From the score of a tag to its confidence, and from which confidence on the tag counts.

Both come from frames whose tags are known (a validation set, never the training frames):
``movietag.research.training.cross_validation`` learns them. The confidence is Platt scaling (Platt 1999):
``1 / (1 + exp(-(weight * log(score) + bias)))``, fitted for each tag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.vocabulary import Vocabulary

Scores = NDArray[np.float32]
Truth = NDArray[np.bool_]
Numbers = NDArray[np.float64]
Over = Literal["movies", "frames"]
NeverBecause = Literal["says-no-more-than-always", "too-few-frames"]

_LEAST = 1e-30  # of a score: its logarithm is taken


class TagCut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was learnt of one tag.

    ``threshold`` above 1 means that the tag never counts: too few frames showed it, or its absence, or its
    scores said no more than "always" about frames that the cut was not learned from.
    """

    weight: float
    bias: float
    threshold: Annotated[float, Meta(ge=0)]
    frames: Annotated[int, Meta(ge=0)]  # that have the tag, of those it was learnt from

    @property
    def counts(self) -> bool:
        """Whether the tag can count in a frame."""
        return self.threshold <= 1


NEVER = TagCut(0.0, 0.0, 2.0, 0)


class TagJudgement(msgspec.Struct, frozen=True):
    """What a tag's cut is worth: figures of frames that it was not learned from."""

    f1: float  # out of fold
    always: float  # F1 of saying that every frame has the tag
    least_gain: float  # 5th percentile of f1 - always, over resampled movies or frames
    over: Over  # what the folds part


class Judgement(msgspec.Struct, frozen=True):
    """A cross-validation: micro F1 over all frames and tags, and the figures of each tag.

    ``f1`` is out of fold, with the decision which tags never count made anew in each fold; ``always`` says
    that every frame has every tag that was judged. Saying nothing has an F1 of 0.
    """

    folds: int
    movies: int
    f1: float
    always: float
    tags: dict[str, TagJudgement]  # those with enough frames
    never: dict[str, NeverBecause] = {}  # tags that never count; absent from files made before


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A file of thresholds: for one model, one question and one vocabulary."""

    scorer: str  # whose scores they are for: ``Captioner.scorer``
    vocabulary: str  # id
    frames: int  # they were learnt from
    tags: dict[str, TagCut]
    judged: Judgement | None = None  # files made before it was known have none

    @property
    def digest(self) -> str:
        """12 hex of all that decides what counts; figures do not."""
        deciding = msgspec.structs.replace(self, judged=None)
        return hashlib.sha256(msgspec.json.encode(deciding, order="sorted")).hexdigest()[:12]

    def found(self, tags: Sequence[str], scores: Scores) -> dict[str, float]:
        """The tags that count in a frame with their confidence, most confident first."""
        cuts = [self.tags[tag] for tag in tags]
        confidences = confidence_of(
            np.array([cut.weight for cut in cuts]),
            np.array([cut.bias for cut in cuts]),
            log_scores(scores),
        )
        found = {
            tag: round(float(confidence), 4)
            for tag, confidence, cut in zip(tags, confidences, cuts, strict=True)
            if confidence >= cut.threshold
        }
        return dict(sorted(found.items(), key=lambda item: -item[1]))


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
    if thresholds.vocabulary != vocabulary.tags_id:
        raise UsageError(
            f"The thresholds are for the vocabulary {thresholds.vocabulary}, not for"
            f" {vocabulary.tags_id}. {remedy}"
        )
    if missing := [tag for tag in vocabulary.tags if tag not in thresholds.tags]:
        raise UsageError(f"The thresholds have none for the tag {missing[0]!r}. {remedy}")


def confidence_of(weight: Numbers, bias: Numbers, logs: Numbers) -> Numbers:
    """Platt's confidence of the logarithms of scores, 0 to 1."""
    return logistic(weight * logs + bias)


def logistic(values: Numbers) -> Numbers:
    """``1 / (1 + exp(-value))``, without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def log_scores(scores: Scores) -> Numbers:
    """The logarithms of scores; of a score of 0 that of the least one."""
    logs: Numbers = np.log(np.maximum(scores.astype(np.float64), _LEAST))
    return logs
