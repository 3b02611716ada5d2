"""A table with one line per row, whatever the width: what is too long is cut, from the last column on."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from movietag.cli.output import plain

GAP = "  "
LEAST = 8  # characters of the last column


def print_lines(
    out: Console, headings: Sequence[str], rows: Sequence[Sequence[str]], cut: Sequence[int] = ()
) -> None:
    """Print the rows, each on one line of the console's width.

    The columns keep their widths but for the last one, and those that are ``cut``: to half of what is left.

    Args:
        out: the console.
        headings: of the columns; those that begin with a `#` are numbers, to the right.
        rows: their cells.
        cut: the numbers of the columns that may be cut.
    """
    lines = [[heading.lstrip("#") for heading in headings], *([*map(plain, row)] for row in rows)]
    widths = [max(cell_len(line[at]) for line in lines) for at in range(len(headings))]
    last = len(headings) - 1
    free = (
        out.width
        - len(GAP) * last
        - sum(width for at, width in enumerate(widths) if at != last and at not in cut)
    )
    for at in cut:
        widths[at] = min(widths[at], max(LEAST, free // 2 // len(cut)))
        free -= widths[at]
    widths[last] = min(widths[last], max(LEAST, free))
    for number, line in enumerate(lines):
        cells = [
            _fitted(text, widths[at], right=headings[at].startswith("#"))
            for at, text in enumerate(line)
        ]
        text = Text(GAP.join(cells).rstrip(), style="" if number else "bold")
        out.print(text, soft_wrap=True)


def _fitted(text: str, width: int, *, right: bool) -> str:
    """The text in exactly so many cells, with an ellipsis where it is cut."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…"
    space = " " * (width - size)
    return space + text if right else text + space
