"""Draws a dashboard without Kibana: every panel in its area, from the table of its aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from movietag.dashboards.aggregations import Row
from movietag.dashboards.charts import cell_text, draw_table, heat, number, xy
from movietag.dashboards.panels import COLUMNS
from movietag.dashboards.saved_objects import ResolvedPanel
from movietag.documents import Json
from movietag.research.evaluation.plotting import PALE, head

WIDTH: Final = 13.0  # inches
ROW: Final = 0.18
HEAD: Final = 0.75
_LIST_ROWS: Final = 40  # of a list of documents, at most
_CHARTS: Final = {"lnsXY": xy, "lnsHeatmap": heat}


def draw_dashboard(
    title: str, about: str, panels: Sequence[tuple[ResolvedPanel, Sequence[Row]]]
) -> Figure:
    """Draw the panels of a dashboard with their rows; the rows of a list are its documents."""
    bottom = max(panel.area[1] + panel.area[3] for panel, _ in panels)
    height = HEAD + ROW * bottom
    figure = Figure(figsize=(WIDTH, height))
    head(figure, title, about)
    for panel, rows in panels:
        left, top, width, high = (
            inches * step
            for inches, step in zip(panel.area, (WIDTH / COLUMNS, ROW) * 2, strict=True)
        )
        box = (left, height - HEAD - top - high, width, high)
        _frame(figure, box, height)
        figure.text(
            (left + 0.12) / WIDTH,
            (box[1] + high - 0.1) / height,
            panel.panel,
            va="top",
            fontsize=8.5,
            fontweight="bold",
        )
        _draw(figure, box, height, panel, rows)
    return figure


def _frame(figure: Figure, box: tuple[float, ...], height: float) -> None:
    axes = _axes(figure, box, height, (0.03, 0.03, 0.03, 0.03))
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_edgecolor(PALE)
        side.set_linewidth(0.5)


def _axes(figure: Figure, box: tuple[float, ...], height: float, inset: tuple[float, ...]) -> Axes:
    """Axes in a box, in inches from the lower left; ``inset`` is left, below, right, above."""
    left, low, width, high = box
    return figure.add_axes(
        (
            (left + inset[0]) / WIDTH,
            (low + inset[1]) / height,
            (width - inset[0] - inset[2]) / WIDTH,
            (high - inset[1] - inset[3]) / height,
        )
    )


def _draw(
    figure: Figure, box: tuple[float, ...], height: float, panel: ResolvedPanel, rows: Sequence[Row]
) -> None:
    if panel.shape in _CHARTS:
        _CHARTS[panel.shape](_axes(figure, box, height, (1.2, 0.56, 0.3, 0.4)), panel, rows)
        return
    axes = _axes(figure, box, height, (0.15, 0.1, 0.15, 0.4))
    axes.axis("off")
    inches = (box[2] - 0.3, box[3] - 0.5)
    if panel.shape == "lnsMetric":
        number(axes, panel, rows)
    elif panel.shape == "search":
        cells = [{name: _cell(name, row.get(name)) for name in panel.fields} for row in rows]
        draw_table(axes, panel.fields, cells[:_LIST_ROWS], inches)
    else:
        draw_table(
            axes, [one["label"] for one in panel.columns.values()], labelled(panel, rows), inches
        )


def labelled(panel: ResolvedPanel, rows: Sequence[Row]) -> list[Json]:
    """The rows as text, in the formats of their columns."""
    by_label = {one["label"]: one for one in panel.columns.values()}
    return [{name: cell_text(by_label[name], value) for name, value in row.items()} for row in rows]


def _cell(name: str, value: Any) -> str:
    if name.endswith("_ms"):
        return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S}"
    return ", ".join(value) if isinstance(value, list) else str(value)
