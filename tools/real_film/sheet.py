"""The contact sheet: every slot of a video with its frame, caption and tags, or why it has none."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

COLUMNS: Final = 5
WIDTH, HEIGHT, TEXT, GAP = 320, 180, 92, 8  # pixels of a cell's picture, of its text, between cells
LETTERS: Final = 46  # of a line of text
LINES: Final = 5
PAPER, INK, TAG, DROPPED = "#ffffff", "#222222", "#0b6b3a", "#9a1f1f"


class Cell(NamedTuple):
    """A slot: its frame as JPEG, caption and tags; or the reason why it was dropped."""

    slot: int
    time: float | None
    jpeg: bytes | None
    caption: str
    tags: tuple[str, ...]
    dropped: str


def contact_sheet(cells: Sequence[Cell], heading: str) -> bytes:
    """The slots in rows, as a PNG; the heading stands above."""
    rows = -(-len(cells) // COLUMNS)
    size = (
        COLUMNS * (WIDTH + GAP) + GAP,
        rows * (HEIGHT + TEXT + GAP) + GAP + 40,
    )
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP), heading, INK, ImageFont.load_default(20))
    for number, cell in enumerate(cells):
        row, column = divmod(number, COLUMNS)
        corner = (GAP + column * (WIDTH + GAP), 40 + GAP + row * (HEIGHT + TEXT + GAP))
        _draw(sheet, draw, cell, corner)
    png = io.BytesIO()
    sheet.save(png, "PNG")
    return png.getvalue()


def _draw(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, cell: Cell, corner: tuple[int, int]
) -> None:
    left, top = corner
    if cell.jpeg is None:
        draw.rectangle((left, top, left + WIDTH, top + HEIGHT), outline=DROPPED, width=2)
        what = cell.dropped or "not stored"
        draw.text((left + 12, top + HEIGHT // 2), what, DROPPED, ImageFont.load_default(22))
    else:
        picture = Image.open(io.BytesIO(cell.jpeg))
        picture.thumbnail((WIDTH, HEIGHT))
        sheet.paste(picture, (left + (WIDTH - picture.width) // 2, top))
    font = ImageFont.load_default(13)
    where = f"slot {cell.slot}" + ("" if cell.time is None else f" at {cell.time:.1f} s")
    lines = textwrap.wrap(cell.caption, LETTERS, max_lines=LINES - 2, placeholder=" …")
    for number, line in enumerate((where, *lines)):
        draw.text((left, top + HEIGHT + 4 + 17 * number), line, INK, font)
    below = top + HEIGHT + 4 + 17 * (len(lines) + 1)
    draw.text((left, below), ", ".join(cell.tags)[: LETTERS + 10], TAG, font)
