"""Percentile bootstrap over movies: how much a measure would vary with other movies of the same kind."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np

from movietag.research.evaluation.tables import Floats

CONFIDENCE: Final = 0.95


class Estimate(msgspec.Struct, frozen=True):
    """A measure with its interval; null if it is not defined."""

    value: float | None
    low: float | None
    high: float | None


def draws(movies: int, resamples: int, seed: int) -> Floats:
    """How often each movie is in each resample, (resamples, movies): with replacement, n of n.

    Efron: Bootstrap methods (Annals of Statistics 7, 1979). The same seed gives the same draws, so two runs over
    the same movies are compared in pairs.
    """
    chance = np.random.default_rng(seed)
    even = np.full(movies, 1 / movies)
    return chance.multinomial(movies, even, size=resamples).astype(np.float64)


def estimate(value: float, resampled: Floats) -> Estimate:
    """A measure and the percentile interval at ``CONFIDENCE``, without resamples where it is NaN."""
    defined = resampled[~np.isnan(resampled)]
    if math.isnan(value) or not len(defined):
        return Estimate(None if math.isnan(value) else value, None, None)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))
