from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.research.evaluation.ranking import auc, average_precision

Items = list[tuple[bool, int]]
ITEMS = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=20)


def arrays(items: Items) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return columns([flag for flag, _ in items], [score for _, score in items])


def columns(true: list[bool], scores: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flags = np.array(true, dtype=bool)[:, None]
    return flags, np.array(scores, dtype=float)[:, None], np.ones((1, len(true)))


@pytest.mark.parametrize(
    ("true", "scores", "expected"),
    [
        ([1, 0], [2, 1], 1.0),
        ([1, 0], [1, 2], 0.0),
        ([1, 0, 0], [1, 1, 1], 0.5),
        ([1, 0, 1, 0], [4, 3, 2, 1], 0.75),
        ([1, 0, 1, 0], [3, 3, 2, 1], (0.5 + 1 + 0 + 1) / 4),
        ([1, 1], [1, 2], np.nan),
        ([0, 0], [1, 2], np.nan),
    ],
)
def test_auc_by_hand(true: list[bool], scores: list[int], expected: float) -> None:
    np.testing.assert_allclose(auc(*columns(true, scores)), [[expected]])


@pytest.mark.parametrize(
    ("true", "scores", "expected"),
    [
        ([1, 0], [2, 1], 1.0),
        ([0, 1], [2, 1], 1 / 2),
        ([1, 0, 1, 0], [4, 3, 2, 1], (1 + 2 / 3) / 2),
        ([1, 0, 1, 1], [3, 3, 2, 1], (1 / 2 + 2 / 3 + 3 / 4) / 3),
        ([1, 0, 0, 0], [0, 0, 0, 0], 1 / 4),
        ([0, 0], [2, 1], np.nan),
    ],
)
def test_average_precision_by_hand(true: list[bool], scores: list[int], expected: float) -> None:
    np.testing.assert_allclose(average_precision(*columns(true, scores)), [[expected]])


@given(ITEMS)
def test_auc_is_the_share_of_pairs_in_the_right_order(items: Items) -> None:
    with_tag = [score for flag, score in items if flag]
    without = [score for flag, score in items if not flag]
    won = [(a > b) + (a == b) / 2 for a in with_tag for b in without]
    expected = float(np.mean(won)) if won else np.nan
    np.testing.assert_allclose(auc(*arrays(items)), [[expected]])


@given(ITEMS, st.data())
def test_weights_stand_for_items_drawn_several_times(items: Items, data: st.DataObject) -> None:
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(items), max_size=len(items)))
    repeated = [item for item, many in zip(items, times, strict=True) for _ in range(many)]
    true, scores, _ = arrays(items)
    weights = np.array([times], dtype=float)
    for measure in (auc, average_precision):
        expected = measure(*arrays(repeated)) if repeated else [[np.nan]]
        np.testing.assert_allclose(measure(true, scores, weights), expected)


@given(ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(items: Items, chance: Random) -> None:
    shuffled = chance.sample(items, len(items))
    for measure in (auc, average_precision):
        np.testing.assert_allclose(measure(*arrays(items)), measure(*arrays(shuffled)))


@given(st.integers(0, 1000))
def test_each_column_is_a_ranking_by_itself(seed: int) -> None:
    chance = np.random.default_rng(seed)
    true = chance.random((7, 4)) < 0.5
    scores = chance.integers(0, 4, (7, 4)) * 1.0
    weights = chance.integers(0, 3, (5, 7)) * 1.0
    for measure in (auc, average_precision):
        together = measure(true, scores, weights)
        for at in range(4):
            alone = measure(true[:, [at]], scores[:, [at]], weights)
            np.testing.assert_allclose(together[:, [at]], alone)
