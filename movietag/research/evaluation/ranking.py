"""Measures of a ranking: average precision, and AUC, which says how well a tag distinguishes movies.

Both treat ties as ties: equal scores are one step, so the order of rows changes nothing. Implemented here in a few
lines of numpy instead of with scikit-learn, because a bootstrap needs a thousand weightings of the same order at the
same time; scikit-learn would sort for each of them.

``true`` and ``scores`` are always (items, rankings), one ranking per column: movies by tags, or transposed.
``weights`` is (draws, items): how often each item is in each draw. Results are (draws, rankings), NaN if a measure
is not defined.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from movietag.research.evaluation.counting import divided
from movietag.research.evaluation.tables import Flags, Floats


def auc(true: Flags, scores: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve: of a tag over films, by its appearance ratio.

    P(score of a film with the tag > score of one without) + P(equal) / 2, the Mann-Whitney statistic
    (Hanley, McNeil: Radiology 143, 1982). 0.5 is chance, and the result of every tagger that answers the same for
    all films. Undefined unless there are films with and without the tag.
    """
    order = _Order.of(scores)
    positive, negative = order.weighed(true, weights), order.weighed(~true, weights)
    below, upto = order.before_ties(negative), order.with_ties(negative)
    won = (positive * (below + upto) / 2).sum(axis=1)
    return divided(won, positive.sum(axis=1) * negative.sum(axis=1))


def average_precision(true: Flags, scores: Floats, weights: Floats) -> Floats:
    """Average precision: sum over n of (R_n - R_(n-1)) P_n.

    P_n and R_n are precision and recall of all that is ranked down to the n-th distinct score (Manning,
    Raghavan, Schütze, section 8.4; ties as in scikit-learn). Undefined without a true item.
    """
    order = _Order.of(-scores)
    positive = order.weighed(true, weights)
    everything = order.weighed(np.ones_like(true), weights)
    precision = divided(order.with_ties(positive), order.with_ties(everything))
    gained = np.where(positive > 0, positive * precision, 0.0).sum(axis=1)
    return divided(gained, positive.sum(axis=1))


@dataclass(frozen=True, slots=True)
class _Order:
    """Items by ascending score, three arrays of (items, rankings): the item, and where its ties begin and end."""

    item: NDArray[np.intp]
    first: NDArray[np.intp]
    end: NDArray[np.intp]

    @classmethod
    def of(cls, scores: Floats) -> _Order:
        item = np.argsort(scores, axis=0, kind="stable")
        ordered = np.take_along_axis(scores, item, axis=0)
        new = np.ones(scores.shape, dtype=np.bool_)
        new[1:] = ordered[1:] != ordered[:-1]
        place = np.arange(len(scores))[:, None]
        first = np.maximum.accumulate(np.where(new, place, 0), axis=0)
        last = np.ones_like(new)
        last[:-1] = new[1:]
        ends = np.where(last, place + 1, len(scores))
        return cls(item, first, np.minimum.accumulate(ends[::-1], axis=0)[::-1])

    def weighed(self, chosen: Flags, weights: Floats) -> Floats:
        """The weight of the chosen items in order, (draws, items, rankings); of the others 0."""
        flags = np.take_along_axis(chosen, self.item, axis=0)
        return np.where(flags, weights[:, self.item], 0.0)

    def before_ties(self, weighed: Floats) -> Floats:
        """For each item the sum of all items with a lower score."""
        return self._sums(weighed, self.first)

    def with_ties(self, weighed: Floats) -> Floats:
        """For each item the sum of all items with a lower or the same score."""
        return self._sums(weighed, self.end)

    @staticmethod
    def _sums(weighed: Floats, upto: NDArray[np.intp]) -> Floats:
        draws, items, rankings = weighed.shape
        sums = np.zeros((draws, items + 1, rankings))
        np.cumsum(weighed, axis=1, out=sums[:, 1:])
        return np.take_along_axis(sums, upto[None], axis=1)
