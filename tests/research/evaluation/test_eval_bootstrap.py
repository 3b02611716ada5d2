from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.research.evaluation import counting
from movietag.research.evaluation.bootstrap import CONFIDENCE, draws, estimate
from movietag.research.evaluation.measures import measure
from movietag.research.evaluation.tables import JudgedTags


def test_each_draw_has_as_many_movies_and_comes_from_the_seed() -> None:
    weights = draws(7, 500, 3)
    assert weights.shape == (500, 7)
    assert set(weights.sum(axis=1)) == {7.0}
    np.testing.assert_array_equal(weights, draws(7, 500, 3))
    assert (weights != draws(7, 500, 4)).any()
    assert abs(weights.mean(axis=0) - 1).max() < 0.2


def test_the_interval_is_between_the_percentiles() -> None:
    found = estimate(50.0, np.arange(101, dtype=float))
    assert (found.value, found.low, found.high) == pytest.approx((50.0, 2.5, 97.5))
    assert CONFIDENCE == 0.95


def test_what_is_not_defined() -> None:
    none = estimate(math.nan, np.array([1.0, 2.0]))
    assert (none.value, none.low, none.high) == (None, None, None)
    part = estimate(1.5, np.array([np.nan, 1.0, 2.0]))
    assert part.low is not None
    assert 1 <= part.low < 1.5
    assert estimate(1.5, np.array([np.nan])).low is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 5))
def test_the_interval_of_a_mean_holds_it(values: list[float], seed: int) -> None:
    weights = draws(len(values), 400, seed)
    mean = float(np.mean(values))
    found = estimate(mean, counting.mean_over_movies(np.array(values), weights))
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-9 <= mean <= found.high + 1e-9


@given(st.integers(0, 1000))
def test_the_order_of_movies_changes_no_measure(seed: int) -> None:
    chance = np.random.default_rng(seed)
    true, said = chance.random((2, 6, 5)) < 0.4
    judged = JudgedTags(true, said, chance.integers(0, 3, (6, 5)) / 2.0)
    order = chance.permutation(6)
    other = JudgedTags(true[order], said[order], judged.scores[order])
    ones = np.ones((1, 6))
    for name, values in measure(judged, ones).items():
        np.testing.assert_allclose(measure(other, ones)[name], values, err_msg=name)


def test_many_draws_are_worked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(1)
    judged = JudgedTags(
        chance.random((9, 4)) < 0.5, chance.random((9, 4)) < 0.5, chance.random((9, 4))
    )
    weights = draws(9, 50, 1)
    whole = measure(judged, weights)
    monkeypatch.setattr("movietag.research.evaluation.measures.MOST_CELLS", 9 * 7)
    for name, values in measure(judged, weights).items():
        np.testing.assert_allclose(values, whole[name], err_msg=name)
