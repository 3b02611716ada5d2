"""Measures of a set of tags: match ratio, unmatched and missing, precision, recall, F1.

``weights`` is always (draws, movies): how often each movie is in each draw of the bootstrap. One row of ones gives
the measure itself. Results are (draws,), NaN if a measure is not defined.

In the formulas R is a movie's reference tags, A its assigned ones; TP, FP and FN count true and assigned,
assigned only, true only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from movietag.research.evaluation.tables import Floats, JudgedTags


def divided(upper: Floats, lower: Floats) -> Floats:
    """The quotient of both, NaN if ``lower`` is 0."""
    result = np.full(np.broadcast(upper, lower).shape, np.nan)
    np.divide(upper, lower, out=result, where=lower != 0)
    return result


def mean_over_movies(values: Floats, weights: Floats) -> Floats:
    """The mean of a value per movie, (movies,), over the movies for which it is defined."""
    defined = ~np.isnan(values)
    return divided(
        weights[:, defined] @ values[defined], weights[:, defined].sum(axis=1, dtype=np.float64)
    )


def mean_over_tags(values: Floats) -> Floats:
    """The mean of (draws, tags) over the tags for which it is defined."""
    defined = ~np.isnan(values)
    return divided(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1).astype(float))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Numbers of true positives, false positives and false negatives, all of one shape."""

    tp: Floats
    fp: Floats
    fn: Floats

    @property
    def precision(self) -> Floats:
        """TP / (TP + FP): share of the assigned tags that are true; undefined without any."""
        return divided(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> Floats:
        """TP / (TP + FN): share of the true tags that are assigned; undefined without any."""
        return divided(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> Floats:
        """2 TP / (2 TP + FP + FN), van Rijsbergen's F at beta 1; undefined without any tag at all."""
        return divided(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def per_movie(judged: JudgedTags) -> Outcomes:
    """The outcomes of each movie, (movies,)."""
    return Outcomes(*(cells.sum(axis=1) for cells in _cells(judged)))


def per_tag(judged: JudgedTags, weights: Floats) -> Outcomes:
    """The outcomes of each tag over the movies, (draws, tags)."""
    return Outcomes(*(weights @ cells for cells in _cells(judged)))


def micro(tags: Outcomes) -> Outcomes:
    """The outcomes of all pairs of movie and tag together, (draws,).

    Micro averages, from the sums (Manning, Raghavan, Schütze: Introduction to Information Retrieval,
    section 13.6).
    """
    return Outcomes(tags.tp.sum(axis=1), tags.fp.sum(axis=1), tags.fn.sum(axis=1))


def match_ratio(judged: JudgedTags) -> Floats:
    """Per movie |R ∩ A| / |R|, (movies,); undefined for a movie without reference tags.

    The definition here of what the paper calls accuracy ("tag match ratio"): the share of a movie's reference
    tags that were assigned. It is the movie's recall, and ignores wrongly assigned tags.
    """
    return per_movie(judged).recall


def unmatched(judged: JudgedTags) -> Floats:
    """Per movie size of A without R, (movies,): tags that were assigned and are not in the reference."""
    return per_movie(judged).fp


def missing(judged: JudgedTags) -> Floats:
    """Per movie size of R without A, (movies,): reference tags that were not assigned."""
    return per_movie(judged).fn


def _cells(judged: JudgedTags) -> tuple[Floats, Floats, Floats]:
    true, assigned = judged.reference, judged.assigned
    return (
        (true & assigned).astype(np.float64),
        (~true & assigned).astype(np.float64),
        (true & ~assigned).astype(np.float64),
    )
