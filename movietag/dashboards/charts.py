"""Draws the kinds of panels with matplotlib, according to the visualization in the saved object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from movietag.dashboards.aggregations import Row
from movietag.dashboards.saved_objects import ResolvedPanel
from movietag.documents import Json
from movietag.research.evaluation.plotting import FILL, PALE

COLORS: Final = (FILL, "#c9803a", "#5b8c5a", "#9a5b8c", "#7f7f7f", "#b5a642", "#4fa3a5", "#a23b3b")
_LINE: Final = 0.19  # inches per line of a table
_LETTERS: Final = 14.0  # per inch of a line
_LABELS: Final = 12  # at most, along an axis
Series = dict[str, dict[Any, float | None]]


def cell_text(column: Json, value: Any) -> str:
    """A value in the format of its column."""
    if value is None:
        return "-"
    if isinstance(value, tuple):
        low, high = (_number(column, end) if end is not None else "∞" for end in value)
        return f"{low} → {high}"
    if column["operationType"] == "date_histogram":
        return f"{datetime.fromtimestamp(value / 1000, UTC):%m-%d %H:%M}"
    return _number(column, value) if isinstance(value, int | float) else str(value)


def _number(column: Json, value: float) -> str:
    if _percent(column):
        return f"{value:.0%}" if column["isBucketed"] else f"{value:.1%}"
    if column["isBucketed"]:
        return f"{value:g}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _percent(column: Json) -> bool:
    return bool(column.get("params", {}).get("format", {}).get("id") == "percent")


def number(axes: Axes, panel: ResolvedPanel, rows: Sequence[Row]) -> None:
    """Draw one large number."""
    ((label, value),) = rows[0].items()
    (column,) = panel.columns.values()
    axes.text(0.98, 0.3, cell_text(column, value), ha="right", fontsize=20, fontweight="bold")
    axes.text(0.98, 0.0, label, ha="right", fontsize=8, color=PALE)


def draw_table(
    axes: Axes, names: Sequence[str], rows: Sequence[Mapping[str, str]], inches: tuple[float, float]
) -> None:
    """Draw a table, as many lines as fit; long cells are truncated."""
    room, step = inches[0] * _LETTERS, _LINE / inches[1]
    visible = list(rows[: max(int(1 / step) - 1, 1)])
    widths = [2 + max(len(name), *(len(row[name]) for row in visible)) for name in names]
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    start = 0.0
    for name, width in zip(names, widths, strict=True):
        axes.text(start, 1, name, va="top", fontsize=8, color=PALE)
        for line, row in enumerate(visible, 1):
            text = row[name]
            cut = text if len(text) < width else text[: width - 3] + "…"
            axes.text(start, 1 - line * step, cut, va="top", fontsize=8)
        start += width / room


def heat(axes: Axes, panel: ResolvedPanel, rows: Sequence[Row]) -> None:
    """Draw a heat map: one cell per pair of buckets, darker for higher values."""
    across, up, value = (
        panel.columns[panel.visualization[f"{name}Accessor"]] for name in ("x", "y", "value")
    )
    xs, ys = (_axis_values(column, rows) for column in (across, up))
    cells = {(row[across["label"]], row[up["label"]]): row[value["label"]] for row in rows}
    grid = [[cells.get((x, y)) or float("nan") for x in xs] for y in ys]
    drawn = axes.imshow(grid, aspect="auto", cmap="Blues", vmin=0)
    axes.set_xticks(range(len(xs)), [cell_text(across, x) for x in xs], rotation=30, ha="right")
    axes.set_yticks(range(len(ys)), [cell_text(up, y) for y in ys])
    axes.tick_params(labelsize=7, length=0)
    bar = axes.figure.colorbar(drawn, ax=axes, pad=0.01, fraction=0.03)
    bar.ax.tick_params(labelsize=7)
    if _percent(value):
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1))


def _axis_values(column: Json, rows: Sequence[Row]) -> list[Any]:
    """The values of a bucket in row order; ranges in ascending order."""
    values = list(dict.fromkeys(row[column["label"]] for row in rows))
    return sorted(values) if column["operationType"] == "range" else values


def xy(axes: Axes, panel: ResolvedPanel, rows: Sequence[Row]) -> None:
    """Draw bars, stacked columns or lines, with one colour per series."""
    (layer,) = panel.visualization["layers"]
    across = panel.columns[layer["xAccessor"]]
    values = [panel.columns[name] for name in layer["accessors"]]
    split = panel.columns.get(layer.get("splitAccessor", ""))
    ticks = list(dict.fromkeys(row[across["label"]] for row in rows))
    if across["operationType"] != "terms":
        ticks.sort()
    series = _series(rows, across, values, split)
    match layer["seriesType"]:
        case "line":
            _lines(axes, series)
        case "bar_horizontal":
            ((_, points),) = series.items()
            axes.barh(range(len(ticks)), [points[x] or 0 for x in ticks], color=FILL)
            axes.set_yticks(range(len(ticks)), [cell_text(across, x) for x in ticks])
            axes.invert_yaxis()
        case "bar_stacked":
            _stacked(axes, series, ticks)
            labelled = range(0, len(ticks), len(ticks) // _LABELS + 1)
            labels = [cell_text(across, ticks[at]) for at in labelled]
            axes.set_xticks(labelled, labels, rotation=20, ha="right")
    if len(series) > 1:
        axes.legend(fontsize=7, frameon=False, loc="best")
    side = axes.xaxis if layer["seriesType"] == "bar_horizontal" else axes.yaxis
    if _percent(values[0]):
        side.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.tick_params(labelsize=7)


def _series(
    rows: Sequence[Row], across: Json, values: Sequence[Json], split: Json | None
) -> Series:
    series: Series = {}
    for row in rows:
        for value in values:
            name = str(row[split["label"]]) if split else value["label"]
            series.setdefault(name, {})[row[across["label"]]] = row[value["label"]]
    return series


def _lines(axes: Axes, series: Series) -> None:
    for color, (name, points) in zip(COLORS, series.items(), strict=False):
        present = [(x, y) for x, y in sorted(points.items()) if y is not None]
        times = [np.datetime64(int(x), "ms") for x, _ in present]
        axes.plot(
            np.array(times),
            [y for _, y in present],
            color=color,
            label=name,
            marker=".",
            markersize=3,
        )
    axes.set_ylim(bottom=0)
    for label in axes.get_xticklabels():
        label.set_rotation(15)
        label.set_horizontalalignment("right")


def _stacked(axes: Axes, series: Series, ticks: Sequence[Any]) -> None:
    below = [0.0] * len(ticks)
    for color, (name, points) in zip(COLORS, series.items(), strict=False):
        heights = [points.get(x) or 0 for x in ticks]
        axes.bar(range(len(ticks)), heights, bottom=below, color=color, label=name)
        below = [low + high for low, high in zip(below, heights, strict=True)]
