from __future__ import annotations

import numpy as np
import pytest
from research.evaluation.invented import joined

from movietag.research.evaluation import counting
from movietag.research.evaluation.tables import JudgedTags, binarize

# Three movies, four tags. Movie 2 has no reference tag, movie 1 is assigned none.
TRUE = np.array([[1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]], dtype=bool)
SAID = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 1, 0]], dtype=bool)
JUDGED = JudgedTags(TRUE, SAID, SAID.astype(float))
ONES = np.ones((1, 3))


def test_match_ratio_unmatched_and_missing_by_hand() -> None:
    np.testing.assert_array_equal(counting.match_ratio(JUDGED), [1 / 2, 0, np.nan])
    np.testing.assert_array_equal(counting.unmatched(JUDGED), [1, 0, 1])
    np.testing.assert_array_equal(counting.missing(JUDGED), [1, 3, 0])


def test_a_movie_without_reference_tags_has_no_part_in_the_mean() -> None:
    assert counting.mean_over_movies(counting.match_ratio(JUDGED), ONES) == [0.25]


def test_precision_recall_and_f1_of_movies_by_hand() -> None:
    movies = counting.per_movie(JUDGED)
    np.testing.assert_array_equal(movies.precision, [1 / 2, np.nan, 0])
    np.testing.assert_array_equal(movies.recall, [1 / 2, 0, np.nan])
    np.testing.assert_array_equal(movies.f1, [1 / 2, 0, 0])


def test_tags_and_their_averages_by_hand() -> None:
    tags = counting.per_tag(JUDGED, ONES)
    np.testing.assert_array_equal(tags.tp, [[1, 0, 0, 0]])
    np.testing.assert_array_equal(tags.fp, [[0, 0, 2, 0]])
    np.testing.assert_array_equal(tags.fn, [[0, 2, 1, 1]])
    np.testing.assert_array_equal(tags.precision, [[1, np.nan, 0, np.nan]])
    np.testing.assert_array_equal(tags.f1, [[1, 0, 0, 0]])
    assert counting.mean_over_tags(tags.precision) == [0.5]
    assert counting.mean_over_tags(tags.recall) == [0.25]
    together = counting.micro(tags)
    assert (together.precision, together.recall) == ([1 / 3], [1 / 5])
    assert together.f1 == [2 / 8]


def test_weights_stand_for_movies_drawn_several_times() -> None:
    weights = np.array([[2.0, 0, 1], [0, 0, 3]])
    rows = JudgedTags(TRUE[[0, 0, 2]], SAID[[0, 0, 2]], JUDGED.scores[[0, 0, 2]])
    drawn, same = counting.per_tag(JUDGED, weights), counting.per_tag(rows, ONES)
    np.testing.assert_array_equal(drawn.fp[0], same.fp[0])
    ratios = counting.mean_over_movies(counting.match_ratio(JUDGED), weights)
    np.testing.assert_array_equal(ratios, [0.5, np.nan])


@pytest.mark.parametrize(
    ("relevance", "min_ratio", "true", "said"),
    [
        (0.5, 0.0, [[1, 0, 1]], [[0, 1, 1]]),
        (0.51, 0.0, [[0, 0, 1]], [[0, 1, 1]]),
        (0.3, 0.2, [[1, 1, 1]], [[0, 0, 1]]),
        (0.3, 0.21, [[1, 1, 1]], [[0, 0, 0]]),
    ],
)
def test_thresholds_are_met_from_their_value_on(
    relevance: float, min_ratio: float, true: list[list[int]], said: list[list[int]]
) -> None:
    found = binarize(joined([[0.5, 0.3, 0.9]], [[0.0, 0.01, 0.2]]), relevance, min_ratio)
    assert found.reference.tolist() == [[bool(flag) for flag in row] for row in true]
    assert found.assigned.tolist() == [[bool(flag) for flag in row] for row in said]
