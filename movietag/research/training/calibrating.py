"""Thresholds of a model that scores tags, learnt from the frames of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.thresholds import Thresholds
from movietag.errors import UsageError
from movietag.research.evaluation.reading import Progress, ignore_progress
from movietag.research.training.choosing import Split
from movietag.research.training.cross_validation import cross_validate
from movietag.research.training.stored import read_dataset, tags_in


class ScoringModel(Protocol):
    """A model that scores tags."""

    settings: ServingSettings
    scorer: str

    def read(self, data: Sequence[bytes]) -> list[Image]:
        """The pictures in encoded bytes, ready to be scored; PermanentError if one cannot be read."""
        ...

    def scores(self, pictures: Sequence[Image]) -> tuple[NDArray[np.float32], float]:
        """The score of each tag, (pictures, tags), and the model's milliseconds."""
        ...


def calibrate(
    model: ScoringModel,
    data: Path,
    split: Split = "validation",
    progress: Progress = ignore_progress,
) -> Thresholds:
    """Score the frames of a split and learn the least score at which each tag counts, cross-validated by movies.

    Args:
        model: a VisionModel made with an ``answer`` that names a tag, or a SimilarityModel.
        data: a data set whose sentences name what each frame shows (built per shot).
        split: never the one that the model was trained on.
        progress: receives the frames scored, and their total.

    Raises:
        UsageError: the data set is invalid, or has no such split.
    """
    stored = read_dataset(data)
    examples = stored.splits.get(split, ())
    if not examples:
        raise UsageError(
            f"{data} has no split {split}. Build it with --validation 0.2, or name another by --split."
        )
    tags = model.settings.vocabulary.tags
    batch = model.settings.max_batch
    scores = []
    for first in range(0, len(examples), batch):
        some = examples[first : first + batch]
        pictures = model.read([one.path.read_bytes() for one in some])
        scores.append(model.scores(pictures)[0])
        progress(first + len(some), len(examples))
    truth = [
        [tag in seen for tag in tags]
        for seen in (set(tags_in(one.line.completion)) for one in examples)
    ]
    learned = cross_validate(
        model.scorer,
        model.settings.vocabulary,
        np.concatenate(scores),
        np.array(truth),
        [one.line.movie for one in examples],
    )
    return learned.thresholds
