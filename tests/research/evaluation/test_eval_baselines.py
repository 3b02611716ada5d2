from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.research.evaluation import baselines, counting
from movietag.research.evaluation.measures import measure
from movietag.research.evaluation.tables import JudgedTags

TRUE = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 1]], dtype=bool)
SAID = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=bool)
JUDGED = JudgedTags(TRUE, SAID, SAID * 0.5)

TABLES = st.integers(1, 6).flatmap(
    lambda tags: st.lists(
        st.lists(st.booleans(), min_size=tags, max_size=tags), min_size=1, max_size=6
    )
)


def once(judged: JudgedTags) -> dict[str, float]:
    ones = np.ones((1, len(judged.reference)))
    return {name: float(values[0]) for name, values in measure(judged, ones).items()}


def micro_f1(judged: JudgedTags) -> float:
    ones = np.ones((1, len(judged.reference)))
    return float(counting.micro(counting.per_tag(judged, ones)).f1[0])


def test_the_best_k_by_hand() -> None:
    # Sorted by movies that have them: 3, 2, 1, 0. F1 of k = 1, 2, 3: 6/9, 10/12, 12/15.
    k, best = baselines.constant_top_k(JUDGED)
    assert k == 2
    assert best.assigned.tolist() == [[True, True, False, False]] * 3
    assert micro_f1(best) == pytest.approx(10 / 12)


@given(TABLES)
def test_no_other_k_is_better(table: list[list[bool]]) -> None:
    true = np.array(table)
    judged = JudgedTags(true, ~true, true * 1.0)
    k, best = baselines.constant_top_k(judged)
    assert best.assigned.sum(axis=1).tolist() == [k] * len(table)
    order = np.argsort(-true.sum(axis=0), kind="stable")
    for other in range(1, true.shape[1] + 1):
        chosen = np.isin(np.arange(true.shape[1]), order[:other])
        rival = micro_f1(baselines.constant(judged, chosen))
        assert np.isnan(rival) or rival <= micro_f1(best) + 1e-12


@given(TABLES)
def test_all_tags_match_everything_and_tell_nothing_apart(table: list[list[bool]]) -> None:
    true = np.array(table)
    found = once(baselines.all_tags(JudgedTags(true, ~true, true * 1.0)))
    if true.any():
        assert found["match_ratio"] == 1
        assert found["missing"] == 0
        assert found["precision_micro"] == pytest.approx(true.mean())
    assert np.isnan(found["auc_tags"]) or found["auc_tags"] == 0.5


def test_the_49_tags_are_those_of_the_same_letters() -> None:
    tags = ("cult", "neo noir", "prank", "horror")
    found = baselines.exact_49(JUDGED, tags)
    assert found.assigned.tolist() == [[True, False, False, True]] * 3


def test_random_tags_are_as_many_and_come_from_the_seed() -> None:
    first, again = (list(baselines.random_baselines(JUDGED, 5)) for _ in range(2))
    other = list(baselines.random_baselines(JUDGED, 6))
    assert len(first) == baselines.RANDOM_DRAWS
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.assigned, two.assigned)
        assert one.assigned.sum(axis=1).tolist() == [2, 0, 4]
    assert any((a.assigned != b.assigned).any() for a, b in zip(first, other, strict=True))
    drawn = np.mean([one.assigned[0] for one in first], axis=0)
    assert all(0.3 < share < 0.7 for share in drawn)  # 2 of 4, evenly
