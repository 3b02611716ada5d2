"""Lines over time as an SVG file: enough for the figures of these benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 900, 260, 70, 150, 40, 50
COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#a463f2", "#97bbf5")

Line = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: its lines by name, and a limit drawn across it."""

    title: str
    lines: Mapping[str, Line]
    limit: float


def svg(title: str, panels: Sequence[Panel], shaded: tuple[float, float, str]) -> str:
    """Panels one below the other over the same seconds; ``shaded`` is a span of time with its name."""
    last = max(at for panel in panels for line in panel.lines.values() for at, _ in line)
    height = TOP + len(panels) * (PANEL + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, TOP + number * (PANEL + GAP), last, shaded)
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, top: int, last: float, shaded: tuple[float, float, str]) -> list[str]:
    most = 1.1 * max(panel.limit, *(y for line in panel.lines.values() for _, y in line))
    bottom, span = top + PANEL, WIDTH - LEFT - RIGHT

    def x(at: float) -> float:
        return round(LEFT + span * at / last, 1)

    def y(value: float) -> float:
        return round(bottom - (PANEL - 20) * value / most, 1)

    start, end, name = shaded
    parts = [
        f'<rect x="{x(start)}" y="{top + 20}" width="{x(end) - x(start):.1f}" height="{PANEL - 20}" fill="#eee"/>',
        f'<text x="{x(start) + 4}" y="{top + 34}" fill="#777">{escape(name)}</text>',
        f'<text x="{LEFT}" y="{top + 12}" fill="#444">{escape(panel.title)}</text>',
        f'<path d="M{LEFT} {top + 20}V{bottom}H{WIDTH - RIGHT}" fill="none" stroke="#444"/>',
        f'<path d="M{LEFT} {y(panel.limit)}H{WIDTH - RIGHT}" stroke="#c00" stroke-dasharray="5 4"/>',
        f'<text x="{WIDTH - RIGHT + 6}" y="{y(panel.limit)}" fill="#c00">limit {panel.limit:g}</text>',
    ]
    for step in range(5):
        value, at = most * step / 4, last * step / 4
        parts.append(
            f'<text x="{LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:.0f}</text>'
        )
        parts.append(
            f'<text x="{x(at)}" y="{bottom + 16}" text-anchor="middle">{at / 60:.1f} min</text>'
        )
    for number, (label, line) in enumerate(panel.lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x(at)},{y(value)}" for at, value in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        parts.append(
            f'<text x="{WIDTH - RIGHT + 6}" y="{top + 60 + 16 * number}" fill="{colour}">{escape(label)}</text>'
        )
    return parts
