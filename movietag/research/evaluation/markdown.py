"""An evaluation as a Markdown report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from movietag.research.evaluation.bootstrap import Estimate
from movietag.research.evaluation.measures import MEASURES
from movietag.research.evaluation.results import (
    Choices,
    Evaluation,
    EvaluationRow,
    GroupResult,
    Measures,
    PairedComparison,
    RunResult,
)
from movietag.research.evaluation.tags import Group
from movietag.search.naming import named

SHOWN = (
    "match_ratio",
    "unmatched",
    "missing",
    "assigned",
    "precision_micro",
    "f1_micro",
    "f1_tags",
    "ap_movies",
    "auc_tags",
)
SHOWN_NARROW = ("match_ratio", "precision_micro", "f1_micro", "auc_tags")
GROUP_WORDS: dict[Group, str] = {
    "strict": "tags that the genome has in the same words",
    "other": "other tags (another form of the word, or only near in meaning)",
    "all": "all scored tags",
}
SYSTEM_WORDS = {
    "run": "**{run}**",
    "constant_top_k": "constant top {k}",
    "all_tags": "all {k} tags, always",
    "exact_49": "the {k} exact tags, always",
    "random": "random, as many a movie",
}


def words_of(run: str, result: EvaluationRow) -> str:
    """The name of a row: the run's, or a description of the baseline."""
    return SYSTEM_WORDS[result.system].format(run=_cell(run), k=result.k)


def terms(choices: Choices) -> str:
    """All choices, in a sentence that is part of each table and figure."""
    assigned = "in 1 image or more"
    if choices.min_ratio:
        assigned = f"in {choices.min_ratio:.4g} of the images or more"
    return f"true: relevance >= {choices.relevance:g}; assigned: {assigned}"


def full_report(evaluation: Evaluation) -> str:
    """The whole report; the same evaluation gives the same text."""
    return "\n".join(_lines(evaluation)) + "\n"


def narrow_report(evaluation: Evaluation) -> str:
    """The report without the rows of single tags and movies, narrow enough for a terminal."""
    return "\n".join(_head(evaluation, SHOWN_NARROW)) + "\n"


def _lines(evaluation: Evaluation) -> Iterator[str]:
    yield from _head(evaluation, SHOWN)
    yield from _run_details(evaluation.runs)
    yield from ("", "## What the columns mean", "")
    yield from (f"* `{name}`: {MEASURES[name]}" for name in SHOWN)


def _head(evaluation: Evaluation, measures: Sequence[str]) -> Iterator[str]:
    choices = evaluation.choices
    yield f"# Tags against {_cell(evaluation.reference)} ({evaluation.kind})"
    yield ""
    yield (
        f"{terms(choices)[0].upper()}{terms(choices)[1:]}. In brackets: {choices.confidence:.0%} percentile"
        f" interval of {choices.resamples:,} resamples of the movies, seed {choices.seed}. A match"
        " ratio alone says little: all tags, always, have 1."
    )
    if evaluation.kind == "mpst":
        yield ""
        yield "MPST's labels are sparse: a tag that no one has recorded counts as wrong here."
    for run in evaluation.runs:
        yield from _run(run, measures)
    for comparison in evaluation.comparisons:
        yield from _comparison(comparison, measures)


def _run(run: RunResult, measures: Sequence[str]) -> Iterator[str]:
    yield from ("", f"## {_cell(run.run)}: {run.movies} movies")
    if run.notes:
        yield ""
        yield from (f"* {_cell(note)}" for note in run.notes)
    for group in run.groups:
        yield from _group(run.run, group, measures)


def _group(run: str, group: GroupResult, measures: Sequence[str]) -> Iterator[str]:
    yield from ("", f"### {group.tags} {GROUP_WORDS[group.group]}", "")
    without = ""
    if group.without_reference:
        without = (
            f"; {group.without_reference} movies have none: they have no match ratio, and count for the"
            " rest"
        )
    yield f"{group.reference:.2f} reference tags a movie{without}."
    yield ""
    yield from _table(
        [(words_of(run, result), result.measures) for result in group.results], measures
    )


def _comparison(comparison: PairedComparison, measures: Sequence[str]) -> Iterator[str]:
    before, after = _cell(comparison.before), _cell(comparison.after)
    yield from ("", f"## {after} minus {before}: {comparison.movies} movies that both have", "")
    yield "Resampled in pairs; an interval without 0 is a difference."
    yield ""
    yield from _table([(group.group, group.measures) for group in comparison.groups], measures)


def _table(rows: Sequence[tuple[str, Measures]], measures: Sequence[str]) -> Iterator[str]:
    yield "| | " + " | ".join(measures) + " |"
    yield "|---|" + "---|" * len(measures)
    for name, row in rows:
        yield f"| {name} | " + " | ".join(_shown(getattr(row, key)) for key in measures) + " |"


def _shown(estimate: Estimate) -> str:
    if estimate.value is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return _number(estimate.value)
    return f"{_number(estimate.value)} ({_number(estimate.low)} to {_number(estimate.high)})"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _run_details(runs: Sequence[RunResult]) -> Iterator[str]:
    for run in runs:
        yield from ("", f"## {_cell(run.run)}: each tag", "")
        yield "| tag | tier | movies with it | assigned to | ratio | precision | recall | F1 | AUC |"
        yield "|---|---|---|---|---|---|---|---|---|"
        for tag in run.tags:
            shares = (tag.precision, tag.recall, tag.f1, tag.auc)
            yield (
                f"| {tag.tag} | {tag.tier} | {tag.reference} | {tag.assigned} | {tag.ratio:.1%} | "
                + " | ".join(_number(share) for share in shares)
                + " |"
            )
        widest = next(group for group in reversed(run.groups))
        yield from ("", f"## {_cell(run.run)}: each movie, {widest.tags} tags", "")
        yield "| movie | images | reference tags | assigned | match ratio | unmatched | missing |"
        yield "|---|---|---|---|---|---|---|"
        for movie in widest.movies:
            yield (
                f"| {_cell(named(movie.title, movie.year))} | {movie.images} | {movie.reference}"
                f" | {movie.assigned} | {_number(movie.match_ratio)} | {len(movie.unmatched)}"
                f" | {len(movie.missing)} |"
            )


def _cell(text: str) -> str:
    """Untrusted text for a cell: on one line, with Markdown and HTML escaped."""
    line = " ".join(text.split())
    return "".join(f"\\{char}" if char in "|<>[]*_`\\#!&" else char for char in line)
