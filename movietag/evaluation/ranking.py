"""Measures of an order: average precision, and AUC, which says how well a tag tells films apart.

Both take ties for what they are: equal scores are one step, so the order of rows changes nothing. Written
here in few lines of numpy rather than taken from scikit-learn, because a bootstrap asks for a thousand
weightings of the same order at once; it would sort anew for each.
"""

from __future__ import annotations

import numpy as np

from movietag.evaluation.counting import divided
from movietag.evaluation.tables import Flags, Floats


def auc(true: Flags, scores: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve of one tag over films, (draws,).

    P(score of a film with the tag > score of one without) + P(equal) / 2, the Mann-Whitney statistic
    (Hanley, McNeil: Radiology 143, 1982). 0.5 is chance, and what every tagger gets that answers the
    same for all films. Undefined unless there are films with and without the tag.

    Args:
        true: (films,), whether the tag is in the film's reference.
        scores: (films,), the tag's appearance ratio.
        weights: (draws, films).
    """
    positive, negative = _steps(true, scores, weights)  # by rising score
    below = np.cumsum(negative, axis=1) - negative
    won = (positive * (below + negative / 2)).sum(axis=1)
    return divided(won, positive.sum(axis=1) * negative.sum(axis=1))


def average_precision(true: Flags, scores: Floats, weights: Floats) -> Floats:
    """Average precision of one ranking, (draws,): sum over n of (R_n - R_(n-1)) P_n.

    P_n and R_n are precision and recall of all that is ranked down to the n-th distinct score (Manning,
    Raghavan, Schütze, section 8.4; with ties as scikit-learn has it). Undefined without a true item.

    Args:
        true: (items,), which are true.
        scores: (items,), what they are ranked by.
        weights: (draws, items).
    """
    positive, negative = (steps[:, ::-1] for steps in _steps(true, scores, weights))
    hits = np.cumsum(positive, axis=1)
    precision = divided(hits, hits + np.cumsum(negative, axis=1))
    gained = np.where(positive > 0, positive * np.nan_to_num(precision), 0.0)
    return divided(gained.sum(axis=1), hits[:, -1])


def _steps(true: Flags, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weight of true and of other items at each distinct score, rising: two of (draws, scores)."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ordered = weights[:, order]
    positive = np.where(true[order], ordered, 0.0)
    return (
        np.add.reduceat(positive, starts, axis=1),
        np.add.reduceat(ordered - positive, starts, axis=1),
    )
