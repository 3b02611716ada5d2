"""A figure that the paper lacks: the precision that a match ratio costs, with all baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from movietag.research.evaluation.bootstrap import Estimate
from movietag.research.evaluation.markdown import terms
from movietag.research.evaluation.plotting import FILL, INK, PALE, head, label
from movietag.research.evaluation.results import Evaluation, GroupResult
from movietag.research.evaluation.tables import Floats

NAMES = {
    "constant_top_k": "constant top {k}",
    "all_tags": "all {k} tags",
    "exact_49": "{k} exact tags",
    "random": "random, as many as {run}",
}
PANELS = (
    ("precision_micro", "precision (micro)", "Are assigned tags right?"),
    ("auc_tags", "mean AUC of the tags", "Do tags distinguish films?"),
)

ON_EACH_OTHER = 12  # pixels


@dataclass(frozen=True, slots=True)
class _Point:
    name: str
    ours: bool
    x: Estimate
    y: Estimate


def tradeoff(evaluation: Evaluation, parts: Sequence[GroupResult], tags: str) -> Figure:
    """Precision, and AUC, against match ratio: runs filled, baselines hollow, intervals as lines."""
    figure = Figure(figsize=(9.6, 5.4))
    for place, (measure, name, question) in enumerate(PANELS):
        axes = figure.add_axes((0.06 + 0.505 * place, 0.105, 0.42, 0.68))
        _panel(axes, _points(evaluation, parts, measure), name)
        axes.set_title(question, loc="left", fontweight="bold")
        if measure == "auc_tags":
            axes.axhline(0.5, color=PALE, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    head(
        figure,
        "A match ratio is worth what it costs",
        f"{tags} against {evaluation.reference}; {terms(evaluation.choices)}."
        f" Filled: runs. Hollow: baselines.\nLines: {evaluation.choices.confidence:.0%} intervals"
        " over movies. In the right panel, whatever answers the same for all films is at 0.5.",
    )
    return figure


def _points(evaluation: Evaluation, parts: Sequence[GroupResult], measure: str) -> list[_Point]:
    """All runs, then the baselines; a kind that is the same for several runs occurs once."""
    points: list[_Point] = []
    seen: set[tuple[object, ...]] = set()
    for run, part in zip(evaluation.runs, parts, strict=True):
        for result in part.results:
            x, y = result.measures.match_ratio, getattr(result.measures, measure)
            if x.value is None or y.value is None or (result.system, x, y) in seen:
                continue
            seen.add((result.system, x, y))
            ours = result.system == "run"
            name = run.run if ours else NAMES[result.system].format(k=result.k, run=run.run)
            points.append(_Point(name[:40], ours, x, y))
    return sorted(points, key=lambda point: not point.ours)


def _panel(axes: Axes, points: Sequence[_Point], name: str) -> None:
    axes.set(xlim=(-0.03, 1.06), ylim=(-0.1, 1.08), xlabel="match ratio", ylabel=name)
    axes.grid(visible=True, color="#d0d7de", linewidth=0.6)
    axes.set_axisbelow(True)
    for point in points:
        axes.errorbar(
            [point.x.value or 0.0],
            [point.y.value or 0.0],
            xerr=_arms(point.x),
            yerr=_arms(point.y),
            fmt="o",
            markersize=7 if point.ours else 10,
            color=FILL if point.ours else INK,
            markerfacecolor=FILL if point.ours else "none",
            ecolor=FILL if point.ours else PALE,
            elinewidth=1.2 if point.ours else 0.8,
            zorder=3 if point.ours else 2,
        )
    at = [
        axes.transData.transform((point.x.value or 0.0, point.y.value or 0.0)) for point in points
    ]
    taken: list[Any] = [Bbox.from_bounds(x - 7, y - 7, 14, 14) for x, y in at]
    for together in _heaps(at):
        first = points[together[0]]
        text = "\n≈ ".join(points[one].name for one in together)
        label(axes, first.x.value or 0.0, first.y.value or 0.0, text, taken, fontsize=8.5)


def _heaps(at: Sequence[Floats]) -> list[list[int]]:
    """Overlapping points, one list each: they share a label, with a line for each."""
    heaps: list[list[int]] = []
    for number, (x, y) in enumerate(at):
        for heap in heaps:
            there = at[heap[0]]
            if max(abs(x - there[0]), abs(y - there[1])) < ON_EACH_OTHER:
                heap.append(number)
                break
        else:
            heaps.append([number])
    return heaps


def _arms(estimate: Estimate) -> list[list[float]] | None:
    """The lengths of an interval's arms down and up; None without an interval."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    value = estimate.value
    return [[max(0.0, value - estimate.low)], [max(0.0, estimate.high - value)]]
