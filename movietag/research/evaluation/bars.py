"""Bar charts: each tag (the paper's figures 2 and 3), each movie (4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import fmean
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from movietag.research.evaluation.markdown import terms
from movietag.research.evaluation.plotting import FILL, INK, head
from movietag.research.evaluation.results import Evaluation, GroupResult, RunResult, TagResult
from movietag.search.naming import named

MOST_NAMES = 80  # movies; of more, only the curve of the ratios is drawn
ROW = 0.175  # inch
HEAD_TAGS, HEAD_MOVIES, FOOT = 0.85, 1.15, 0.5  # inch


def lengths(tag: TagResult) -> tuple[float, float]:
    """The two bars of a tag."""
    return tag.ratio, tag.relevance


def group_words(part: GroupResult) -> str:
    """The tags in words: `51 strict tags`."""
    return f"{part.tags} tags" if part.group == "all" else f"{part.tags} {part.group} tags"


def tags_figure(
    evaluation: Evaluation,
    run: RunResult,
    part: GroupResult,
    tags: Sequence[TagResult],
    when: str,
    most: float,
) -> Figure:
    """Appearance ratio and relevance of each tag, on an axis up to ``most``."""
    figure, axes = _rows(len(tags) * 1.25, HEAD_TAGS)
    axes.set_xlim(0, min(1.0, ceil(10 * most + 0.5) / 10))
    rows = range(len(tags))
    axes.barh(
        [row - 0.2 for row in rows],
        [tag.ratio for tag in tags],
        height=0.4,
        color=FILL,
        label="appearance ratio",
    )
    axes.barh(
        [row + 0.2 for row in rows],
        [tag.relevance for tag in tags],
        height=0.4,
        color="white",
        edgecolor=INK,
        linewidth=0.5,
        hatch="/////",
        label=_truth(evaluation),
    )
    _finish(axes, [tag.tag for tag in tags], "mean over the movies")
    _legend(axes)
    head(
        figure,
        f"Appearance ratio and {_truth(evaluation)} of each tag, {when}",
        f"{_short(run.run)}, {run.movies} movies, against {_short(evaluation.reference)};"
        f" {group_words(part)}, by falling {_truth(evaluation)}",
    )
    return figure


def match_figure(evaluation: Evaluation, run: str, part: GroupResult, when: str) -> Figure:
    """The match ratio of each movie, in descending order."""
    scored = [(movie.match_ratio, movie) for movie in part.movies if movie.match_ratio is not None]
    scored.sort(key=lambda item: (-item[0], item[1].title))
    shown = len(scored) <= MOST_NAMES
    figure, axes = _rows(len(scored) if shown else 24, HEAD_MOVIES)
    ratios = [ratio for ratio, _ in scored]
    if shown:
        axes.barh(range(len(ratios)), ratios, height=0.7, color=FILL)
    else:
        axes.fill_betweenx(range(len(ratios)), ratios, color=FILL, step="mid", linewidth=0)
    names = [_short(named(movie.title, movie.year)) for _, movie in scored] if shown else []
    _finish(axes, names, "match ratio: share of the movie's reference tags that were assigned")
    if not shown:
        axes.set_ylim(len(ratios) - 0.5, -0.5)
        axes.set_ylabel(f"{len(ratios):,} movies, by falling ratio")
    _mean_line(axes, fmean(ratios) if ratios else 0.0, "mean", "-")
    by_system = {result.system: result.measures.match_ratio.value for result in part.results}
    chance = by_system["random"]
    if chance is not None:
        _mean_line(axes, chance, "random", ":")
    head(
        figure,
        f"Match ratio of each movie, {when}",
        f"{_short(run)} against {_short(evaluation.reference)}, {group_words(part)}; all tags, always, have"
        f" 1 for every movie.\n{_first_up(terms(evaluation.choices))}",
    )
    return figure


def _truth(evaluation: Evaluation) -> str:
    return "share of movies in MPST" if evaluation.kind == "mpst" else "relevance"


def _first_up(text: str) -> str:
    return text[0].upper() + text[1:]


def _mean_line(axes: Axes, at: float, name: str, style: str) -> None:
    """A line over all rows, labelled below the lowest row or above the highest."""
    axes.axvline(at, color="white", linewidth=3)
    axes.axvline(at, color=INK, linewidth=1.2, linestyle=style)
    place: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    axes.annotate(
        f"{name} {at:.2f}",
        (at, 1.0),
        (0, 3 if name == "mean" else 14),
        ha="right" if at > 0.8 else "left" if at < 0.2 else "center",
        va="bottom",
        fontsize=8,
        **place,
    )


def _rows(rows: float, above: float) -> tuple[Figure, Axes]:
    """A figure of rows of equal height, whatever their number."""
    height = above + FOOT + ROW * max(rows, 4)
    figure = Figure(figsize=(7.2, height))
    axes = figure.add_axes((0.3, FOOT / height, 0.66, 1 - (above + FOOT) / height), xlim=(0, 1.0))
    return figure, axes


def _finish(axes: Axes, names: Sequence[str], below: str) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(below)
    axes.xaxis.grid(visible=True, color="#d0d7de", linewidth=0.6)
    axes.set_axisbelow(True)


def _legend(axes: Axes) -> None:
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0, 1.0, 0.1),
        ncols=2,
        frameon=False,
        fontsize=8.5,
        borderaxespad=0.3,
        handlelength=2.4,
        handleheight=1.1,
    )


def _short(text: str) -> str:
    """Untrusted text, shortened and on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 34 else f"{line[:33]}…"
