from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from movietag.errors import UsageError
from movietag.research.evaluation.evaluating import evaluate
from movietag.research.evaluation.measures import MEASURES
from movietag.research.evaluation.results import (
    Choices,
    Evaluation,
    EvaluationRow,
    GroupResult,
    Measures,
    read_evaluation,
)
from movietag.research.evaluation.tables import Assigned, NamedMovie, Reference

pytestmark = pytest.mark.heavy  # bootstraps: seconds of CPU

MOVIES = tuple(NamedMovie(f"m{row}", f"Movie {row}", 1990 + row) for row in range(4))
TAGS = ("cult", "horror", "cruelty")  # two strict, one other
RELEVANCE = np.array([[0.9, 0.1, 0.6], [0.8, 0.7, 0.1], [0.2, 0.9, 0.5], [0.1, 0.1, 0.4]])
COUNTS = np.array([[5, 0, 1], [4, 0, 0], [0, 8, 3], [0, 2, 0]])
CHOICES = Choices(resamples=200)


def reference(relevance: np.ndarray = RELEVANCE) -> Reference:
    return Reference("genome", "ml", MOVIES, TAGS, relevance)


def run(name: str = "before", counts: np.ndarray = COUNTS) -> Assigned:
    return Assigned(name, MOVIES, TAGS, counts, np.full(4, 10))


def group(found: Evaluation, name: str, at: int = 0) -> GroupResult:
    return next(part for part in found.runs[at].groups if part.group == name)


def system(part: GroupResult, name: str) -> EvaluationRow:
    return next(result for result in part.results if result.system == name)


def test_the_strict_tags_by_hand() -> None:
    part = group(evaluate(reference(), [run()], CHOICES), "strict")
    ours = part.results[0].measures
    assert part.results[0].system == "run"
    assert (part.tags, part.reference, part.without_reference) == (2, 1.0, 1)
    # Reference: cult | cult, horror | horror | none. Assigned: cult | cult | horror | horror.
    assert ours.match_ratio.value == pytest.approx((1 + 1 / 2 + 1) / 3)
    assert (ours.unmatched.value, ours.missing.value) == (1 / 4, 1 / 4)
    assert (ours.precision_micro.value, ours.recall_micro.value) == (3 / 4, 3 / 4)
    assert ours.f1_tags.value == pytest.approx((1 + 1 / 2) / 2)
    # cult: 0.5, 0.4 over 0, 0. horror: of movies 1 and 2 (0, 0.8) over 0 and 3 (0, 0.2).
    assert ours.auc_tags.value == pytest.approx((1 + (1 / 2 + 0 + 1 + 1) / 4) / 2)


def test_groups_stand_apart() -> None:
    found = evaluate(reference(), [run()], CHOICES)
    assert [(part.group, part.tags) for part in found.runs[0].groups] == [
        ("strict", 2),
        ("other", 1),
        ("all", 3),
    ]
    assert group(found, "other").results[0].measures.match_ratio.value == 1
    assert "exact_49" not in [result.system for result in group(found, "other").results]


def test_baselines_stand_beside_every_result() -> None:
    part = group(evaluate(reference(), [run()], CHOICES), "strict")
    names = [result.system for result in part.results]
    assert names == ["run", "constant_top_k", "all_tags", "exact_49", "random"]
    assert system(part, "all_tags").measures.match_ratio.value == 1
    assert system(part, "all_tags").k == 2
    assert system(part, "exact_49").k == 2
    assert system(part, "random").measures.assigned.value == 1  # one a movie, as the run
    assert system(part, "random").measures.match_ratio.value == pytest.approx(0.5, abs=0.1)


def test_rows_of_movies_and_tags() -> None:
    found = evaluate(reference(), [run()], CHOICES)
    second = group(found, "strict").movies[1]
    assert (second.missing, second.unmatched, second.match_ratio) == (("horror",), (), 0.5)
    last = group(found, "strict").movies[3]
    assert (last.match_ratio, last.precision, last.unmatched) == (None, 0.0, ("horror",))
    horror = found.runs[0].tags[1]
    assert (horror.tag, horror.tier, horror.reference, horror.assigned) == ("horror", "exact", 2, 2)
    assert (horror.ratio, horror.relevance) == pytest.approx((0.25, 0.45))
    assert horror.auc == (1 / 2 + 0 + 1 + 1) / 4


def test_a_cut_on_the_ratio_and_on_relevance() -> None:
    found = evaluate(reference(), [run()], Choices(relevance=0.85, min_ratio=0.5, resamples=10))
    part = group(found, "strict")
    assert [movie.reference for movie in part.movies] == [1, 0, 1, 0]
    assert [movie.assigned for movie in part.movies] == [1, 0, 1, 0]


def test_the_order_of_movies_changes_no_value() -> None:
    order = [2, 0, 3, 1]
    turned = Assigned(
        "before", tuple(MOVIES[row] for row in order), TAGS, COUNTS[order], np.full(4, 10)
    )
    one, two = (evaluate(reference(), [each], CHOICES) for each in (run(), turned))
    for name in MEASURES:
        values = [
            getattr(system(group(found, "all"), which).measures, name).value
            for found in (one, two)
            for which in ("run", "constant_top_k", "all_tags")
        ]
        assert values[:3] == pytest.approx(values[3:], nan_ok=True), name


def test_a_run_compared_with_itself_differs_by_nothing() -> None:
    found = evaluate(reference(), [run("a"), run("b")], CHOICES)
    for part in found.comparisons[0].groups:
        for name in MEASURES:
            difference = getattr(part.measures, name)
            assert difference.value in (0, None), name
            assert (difference.low, difference.high) in ((0, 0), (None, None)), name


def test_a_comparison_is_over_the_movies_that_both_have() -> None:
    better = COUNTS.copy()
    better[1, 1] = 6
    later = Assigned("after", MOVIES[:3], TAGS, better[:3], np.full(3, 10))
    found = evaluate(reference(), [run(), later], CHOICES)
    (comparison,) = found.comparisons
    assert (comparison.before, comparison.after, comparison.movies) == ("before", "after", 3)
    strict = comparison.groups[0].measures
    assert strict.match_ratio.value == pytest.approx(1 / 6)
    assert strict.missing.value == pytest.approx(-1 / 3)
    assert strict.match_ratio.low is not None
    assert strict.match_ratio.low >= 0  # in pairs: no movie got worse


def test_the_same_choices_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (msgspec.json.encode(evaluate(reference(), [run()], CHOICES)) for _ in range(2))
    assert one == two
    path = tmp_path / "e.json"
    path.write_bytes(one)
    assert msgspec.json.encode(read_evaluation(path)) == one
    path.write_bytes(one[:-1])
    with pytest.raises(UsageError, match=r"e\.json is not an evaluation of this version.*again"):
        read_evaluation(path)
    path.write_bytes(one.replace(b'"version":1', b'"version":2'))
    with pytest.raises(UsageError, match="of version 2, not 1"):
        read_evaluation(path)


def test_every_measure_has_its_words() -> None:
    assert Measures.__struct_fields__ == tuple(MEASURES)


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        (Choices(relevance=0.0), "relevance threshold is 0"),
        (Choices(relevance=float("nan")), "relevance threshold is nan"),
        (Choices(relevance=1.1), "relevance threshold is 1.1"),
        (Choices(min_ratio=-0.1), "least ratio is -0.1"),
        (Choices(resamples=0), "At least one resample"),
        (Choices(seed=-1), "a seed of 0 or more"),
        (Choices(relevance=0.95), "none of the 4 movies of before has a reference tag .* 0.95"),
    ],
)
def test_choices_out_of_bounds(choices: Choices, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        evaluate(reference(), [run()], choices)


def test_runs_that_cannot_be_told_apart_or_compared() -> None:
    with pytest.raises(UsageError, match="Two runs have one name"):
        evaluate(reference(), [run(), run()], CHOICES)
    later = Assigned("after", MOVIES[2:], TAGS, COUNTS[2:], np.full(2, 10))
    first = Assigned("before", MOVIES[:2], TAGS, COUNTS[:2], np.full(2, 10))
    with pytest.raises(UsageError, match="no movie in common"):
        evaluate(reference(), [first, later], CHOICES)


def test_every_interval_is_in_order(evaluation: Evaluation) -> None:
    for run_result in evaluation.runs:
        for part in run_result.groups:
            for result in part.results:
                for name in MEASURES:
                    found = getattr(result.measures, name)
                    assert found.low is None or found.low <= found.high
