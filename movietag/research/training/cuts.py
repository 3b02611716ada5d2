"""A tag's confidence and cut, learned from the scores of frames whose tags are known."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from movietag.captioning.thresholds import (
    NEVER,
    Numbers,
    TagCut,
    Truth,
    confidence_of,
    logistic,
)

FEWEST: Final = 3
"""Frames with a tag, and without, that it takes to learn its cut."""
_STEPS = 50
_RIDGE = 1e-2


def learn_cut(logs: Numbers, truth: Truth) -> TagCut:
    """The confidence of a tag by Platt scaling, and the cut on it that gives the highest F1 on these frames.

    Args:
        logs: logarithm of the tag's score in each frame.
        truth: whether each frame has the tag; with too few of either kind the tag never counts.
    """
    if not enough(truth):
        return msgspec.structs.replace(NEVER, frames=int(truth.sum()))
    weight, bias = _platt(logs, truth)
    confidences = confidence_of(np.array(weight), np.array(bias), logs)
    return TagCut(weight, bias, _best_cut(confidences, truth), int(truth.sum()))


def enough(truth: Truth) -> bool:
    """Whether a cut can be learned from so many frames with the tag, and without."""
    there = int(truth.sum())
    return min(there, len(truth) - there) >= FEWEST


def apply_cut(cut: TagCut, logs: Numbers) -> Truth:
    """In which frames the tag counts."""
    confidences = confidence_of(np.array(cut.weight), np.array(cut.bias), logs)
    return np.asarray(confidences >= cut.threshold)


def _platt(logs: Numbers, truth: Truth) -> tuple[float, float]:
    """Weight and bias by Newton's method, on Platt's smoothed targets, with a little ridge."""
    middle, spread = float(logs.mean()), float(logs.std()) or 1.0
    rows = np.stack([(logs - middle) / spread, np.ones_like(logs)], 1)
    there = truth.sum()
    wanted = np.where(truth, (there + 1) / (there + 2), 1 / (len(truth) - there + 2))
    weights = np.zeros(2)
    for _ in range(_STEPS):
        now = logistic(rows @ weights)
        slope = rows.T @ (now - wanted) + _RIDGE * weights
        curve = (rows * (now * (1 - now))[:, None]).T @ rows + _RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    weight = max(float(weights[0]), 0.0) / spread  # a higher score never means a lower confidence
    return weight, float(weights[1]) - weight * middle


def _best_cut(confidences: Numbers, truth: Truth) -> float:
    """The middle between the two confidences where cutting gives the highest F1."""
    order = np.argsort(-confidences, kind="stable")
    ranked, hits = confidences[order], np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + truth.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = -1  # no cut between equals
    best = int(f1.argmax())
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)
