"""The style of all figures, and rendering to SVG and PNG: readable in grey, reproducible byte for byte."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any, Final

from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK: Final = "#1f2328"
PALE: Final = "#8c959f"
FILL: Final = "#2f5d8a"  # 38 % grey
DPI: Final = 160

# After DejaVu, for titles in other scripts; those that the machine has.
_FALLBACKS: Final = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans",
    "NanumGothic",
    "Arial Unicode MS",
)
_STYLE: Final[dict[Any, Any]] = {
    "font.size": 9,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "movietag",
    "text.parse_math": False,  # a title may hold $
    "path.simplify": False,
}


def draw_styled(draw: Callable[[], Figure]) -> dict[str, bytes]:
    """Draw a figure in our style: suffix -> the bytes of the file."""
    installed = set(font_manager.get_font_names())
    family = ["DejaVu Sans", *(name for name in _FALLBACKS if name in installed)]
    with rc_context({**_STYLE, "font.family": family}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # drawn as a box
        figure = draw()
        return {suffix: _rendered(figure, suffix) for suffix in ("svg", "png")}


def _rendered(figure: Figure, suffix: str) -> bytes:
    out = io.BytesIO()
    metadata = {"Date": None} if suffix == "svg" else {"Software": None}
    figure.savefig(out, format=suffix, dpi=DPI, facecolor="white", metadata=metadata)
    return out.getvalue()


def head(figure: Figure, title: str, below: str) -> None:
    """A title at the left, and in small print below it how the numbers were made."""
    inch = 1 / figure.get_figheight()
    figure.text(0.015, 1 - 0.1 * inch, title, va="top", fontsize=11.5, fontweight="bold")
    figure.text(
        0.015, 1 - 0.36 * inch, below, va="top", fontsize=8, color="#57606a", linespacing=1.4
    )


def label(axes: Axes, x: float, y: float, text: str, taken: list[Any], **style: Any) -> None:
    """Write a text next to a point, in the first of several positions where it overlaps nothing.

    ``taken`` are the boxes, in pixels, of existing texts; the new one is added. A text far from its point gets
    a thin line to it.
    """
    inside = axes.get_window_extent()
    for dx, dy, across, up in _PLACES:
        place: dict[str, Any] = {"textcoords": "offset points", "ha": across, "va": up, **style}
        made = axes.annotate(text, (x, y), (dx, dy), **place)
        box = made.get_window_extent()
        within = inside.x0 <= box.x0 and box.x1 <= inside.x1 and box.y0 >= inside.y0
        if within and box.y1 <= inside.y1 and not any(box.overlaps(other) for other in taken):
            break
        made.remove()
    else:  # no free position: next to its point, over the rest
        dx, dy, across, up = _PLACES[0]
        place |= {"ha": across, "va": up}
        made = axes.annotate(text, (x, y), (dx, dy), **place)
        box = made.get_window_extent()
    if max(abs(dx), abs(dy)) > _NEAR:
        made.remove()
        line = {"arrowstyle": "-", "color": PALE, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 6}
        axes.annotate(text, (x, y), (dx, dy), arrowprops=line, **place)
    taken.append(box)


_NEAR: Final = 14  # points
_PLACES: Final = tuple(
    (dx, dy, across, up)
    for reach in (8, 14, 22, 32, 44, 58, 74)
    for dx, dy, across, up in (
        (reach, 0.6 * reach, "left", "bottom"),
        (-reach, 0.6 * reach, "right", "bottom"),
        (reach, -0.6 * reach, "left", "top"),
        (-reach, -0.6 * reach, "right", "top"),
        (0, reach, "center", "bottom"),
        (0, -reach, "center", "top"),
    )
)
