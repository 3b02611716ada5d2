"""Scores runs against a reference: all measures, next to all baselines, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from movietag.errors import UsageError
from movietag.research.evaluation import baselines
from movietag.research.evaluation.bootstrap import Estimate, draws, estimate
from movietag.research.evaluation.details import movie_results, tag_results
from movietag.research.evaluation.joining import join
from movietag.research.evaluation.measures import MEASURES, measure
from movietag.research.evaluation.results import (
    VERSION,
    Choices,
    Evaluation,
    EvaluationRow,
    GroupDifference,
    GroupResult,
    Measures,
    PairedComparison,
    RunResult,
    System,
)
from movietag.research.evaluation.tables import (
    Assigned,
    Floats,
    Joined,
    JudgedTags,
    Kind,
    Reference,
    binarize,
)
from movietag.research.evaluation.tags import Group, columns, groups_of

Told = Callable[[str], None]


def evaluate(
    reference: Reference,
    runs: Sequence[Assigned],
    choices: Choices,
    progress: Told = lambda _: None,
) -> Evaluation:
    """Score each run separately, and compare each later one with the first.

    Args:
        reference: what counts as true.
        runs: the first is the one before, the others come after it.
        choices: all parameters.
        progress: called with the name of each run when its scoring begins.

    Raises:
        UsageError: a parameter out of bounds, nothing in common, or no reference tag at all.
    """
    _check(choices)
    names = [run.name for run in runs]
    if len(set(names)) < len(names):
        raise UsageError(
            f"Two runs have one name ({', '.join(names)}): give their files different names."
        )
    joined = [join(reference, run) for run in runs]
    results = []
    for name, one in zip(names, joined, strict=True):
        progress(name)
        results.append(_run(reference, name, one, choices))
    comparisons = []
    for name, one in zip(names[1:], joined[1:], strict=True):
        progress(f"{name} compared with {names[0]}")
        comparisons.append(
            _compare((names[0], name), joined[0], one, choices, groups_of(reference.kind))
        )
    return Evaluation(
        version=VERSION,
        reference=reference.source,
        kind=reference.kind,
        choices=choices,
        runs=tuple(results),
        comparisons=tuple(comparisons),
    )


def _check(choices: Choices) -> None:
    if not 0.0 < choices.relevance <= 1.0:
        raise UsageError(
            f"The relevance threshold is {choices.relevance:g}; it must be above 0 and at most 1."
        )
    if not 0.0 <= choices.min_ratio <= 1.0:
        raise UsageError(f"The least ratio is {choices.min_ratio:g}; it must be 0 to 1.")
    if choices.resamples < 1 or choices.seed < 0:
        raise UsageError("At least one resample, and a seed of 0 or more.")


def _run(reference: Reference, name: str, joined: Joined, choices: Choices) -> RunResult:
    judged = binarize(joined, choices.relevance, choices.min_ratio)
    if not judged.reference.any():
        raise UsageError(
            f"{reference.source}: none of the {len(joined.movies)} movies of {name} has a reference tag"
            f" at a relevance of {choices.relevance:g} or more; its highest is"
            f" {joined.relevance.max():g}. Lower the threshold."
        )
    weights = draws(len(joined.movies), choices.resamples, choices.seed)
    groups = []
    for group in groups_of(reference.kind):
        at = columns(joined.tags, group)
        if at:
            part = _group(group, judged.columns(at), joined, at, weights, choices, reference.kind)
            groups.append(part)
    return RunResult(
        run=name,
        movies=len(joined.movies),
        notes=joined.notes,
        groups=tuple(groups),
        tags=tag_results(joined, judged, reference.kind),
    )


def _group(  # one call takes all that a group needs
    group: Group,
    judged: JudgedTags,
    joined: Joined,
    at: Sequence[int],
    weights: Floats,
    choices: Choices,
    kind: Kind,
) -> GroupResult:
    tags = [joined.tags[column] for column in at]
    best, top_k = baselines.constant_top_k(judged)
    exact = baselines.exact_49(judged, tags)
    results = [
        _result("run", judged, weights),
        _result("constant_top_k", top_k, weights, best),
        _result("all_tags", baselines.all_tags(judged), weights, len(tags)),
    ]
    if kind != "own" and exact.assigned.any():
        results.append(_result("exact_49", exact, weights, int(exact.assigned[0].sum())))
    results.append(_random(judged, weights, choices.seed))
    having = judged.reference.sum(axis=1)
    return GroupResult(
        group=group,
        tags=len(tags),
        reference=float(having.mean()),
        without_reference=int((having == 0).sum()),
        results=tuple(results),
        movies=movie_results(joined, judged, tags),
    )


def _result(
    system: System, judged: JudgedTags, weights: Floats, k: int | None = None
) -> EvaluationRow:
    return EvaluationRow(system, k, _measures(*_both(judged, weights)))


def _both(judged: JudgedTags, weights: Floats) -> tuple[dict[str, float], dict[str, Floats]]:
    """The measures over all movies, and in each resample."""
    ones = np.ones((1, len(judged.reference)))
    values = measure(judged, np.concatenate([ones, weights]))
    return (
        {name: float(each[0]) for name, each in values.items()},
        {name: each[1:] for name, each in values.items()},
    )


def _random(judged: JudgedTags, weights: Floats, seed: int) -> EvaluationRow:
    """The mean over the random draws; its interval is over these and over movies alike."""
    once: list[dict[str, float]] = []
    resampled: list[dict[str, Floats]] = []
    for number, drawn in enumerate(baselines.random_baselines(judged, seed)):
        value, shares = _both(drawn, weights[number :: baselines.RANDOM_DRAWS])
        once.append(value)
        resampled.append(shares)
    means = {name: _mean(values[name] for values in once) for name in MEASURES}
    together = {name: np.concatenate([part[name] for part in resampled]) for name in MEASURES}
    return EvaluationRow("random", None, _measures(means, together))


def _mean(values: Iterable[float]) -> float:
    defined = [value for value in values if not np.isnan(value)]
    return float(np.mean(defined)) if defined else float("nan")


def _measures(once: dict[str, float], resampled: dict[str, Floats]) -> Measures:
    made: dict[str, Estimate] = {name: estimate(once[name], resampled[name]) for name in MEASURES}
    return Measures(**made)


def _compare(
    names: tuple[str, str],
    before: Joined,
    after: Joined,
    choices: Choices,
    scored: Sequence[Group],
) -> PairedComparison:
    """After minus before, with each movie drawn for both (a paired bootstrap)."""
    there = {movie.movie_id: row for row, movie in enumerate(before.movies)}
    rows = [row for row, movie in enumerate(after.movies) if movie.movie_id in there]
    if not rows:
        raise UsageError(
            f"{names[0]} and {names[1]} have no movie in common (by movie_id): evaluate them separately."
        )
    pair = (before.part([there[after.movies[row].movie_id] for row in rows]), after.part(rows))
    first, second = (binarize(one, choices.relevance, choices.min_ratio) for one in pair)
    weights = draws(len(rows), choices.resamples, choices.seed)
    groups = []
    for group in scored:
        at = columns(before.tags, group)
        if not at:
            continue
        then, now = first.columns(at), second.columns(at)
        (old, old_drawn), (new, new_drawn) = _both(then, weights), _both(now, weights)
        once = {name: new[name] - old[name] for name in MEASURES}
        drawn = {name: new_drawn[name] - old_drawn[name] for name in MEASURES}
        groups.append(GroupDifference(group, _measures(once, drawn)))
    return PairedComparison(names[0], names[1], len(rows), tuple(groups))
