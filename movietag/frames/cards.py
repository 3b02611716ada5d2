"""Text cards: credits, title and rating cards, word marks on flat ground. Pure.

A card is text and nothing else: what stands out from a smooth ground are letters or words in rows. It is judged
twice, since one ground does not suit all: a near one (small letters, however dense) and a far one (large letters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from movietag.frames.filters import Picture, grey

LINES: Final = 180  # the height in which a picture is judged; the lengths below are in its pixels
STEEP: Final = 3.0  # grey levels a pixel: less is a smooth ground
SMALL: Final = 6  # below, letters run into words, which are wide; specks are not
ROUGH: Final = 0.15  # of the ground may be steeper


@dataclass(frozen=True, slots=True)
class _Ground:
    """How the ground is taken, what stands out from it, and when that is text.

    ``shrink`` and ``window`` are those of the median filter that leaves the ground; ``contrast`` in grey levels;
    ``tallest`` and ``largest`` (pixels) bound a letter or word; ``in_rows`` is how many must stand in rows, ``text``
    the share of what stands out that is text.
    """

    shrink: int
    window: int
    contrast: int
    tallest: int
    largest: int
    in_rows: int
    text: float
    only_rows: bool  # whether text counts only where it stands in rows


_NEAR: Final = _Ground(1, 31, 24, 36, 900, 5, 0.7, only_rows=False)
_FAR: Final = _Ground(4, 17, 32, 60, 2500, 5, 0.33, only_rows=True)


def is_card(picture: Picture) -> bool:
    """Whether a picture shows text on flat ground, and hardly anything else."""
    height, width = picture.shape[:2]
    size = max(LINES // 4, round(width * LINES / height)), LINES
    levels = grey(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8))
    slope = _slope(levels)
    return any(_is_text(levels, slope, ground) for ground in (_NEAR, _FAR))


def _slope(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The steepness of each pixel, in grey levels a pixel, without noise."""
    soft = cv2.GaussianBlur(levels, (0, 0), 1).astype(np.float32)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0) / 4
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1) / 4
    return np.asarray(np.hypot(across, down), np.float32)


def _is_text(levels: NDArray[np.uint8], slope: NDArray[np.float32], how: _Ground) -> bool:
    height, width = levels.shape
    small = cv2.resize(
        levels, (width // how.shrink, height // how.shrink), interpolation=cv2.INTER_AREA
    )
    ground = cv2.resize(cv2.medianBlur(small, how.window), (width, height))
    ink = np.asarray(cv2.absdiff(levels, ground) > how.contrast, np.uint8)
    outside = cv2.dilate(ink, np.ones((5, 5), np.uint8)) == 0
    if not outside.any() or float((slope[outside] > STEEP).mean()) > ROUGH:
        return False
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    words = [
        (y + tall, tall, area)
        for _, y, wide, tall, area in boxes[1:].tolist()
        if 3 <= tall <= how.tallest
        and wide <= 0.4 * width
        and 3 <= area <= how.largest
        and (tall >= SMALL or wide >= 1.4 * tall)
    ]
    rows = _rows(words)
    text = sum(area for _, _, area in (rows if how.only_rows else words))
    return len(rows) >= how.in_rows and text >= how.text * int(ink.sum())


def _rows(words: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Those words (bottom, height, area) that stand beside at least two others of a similar height."""
    left = sorted(words)
    found: list[tuple[int, int, int]] = []
    while left:
        bottom, tall, _ = left[0]
        same = [word[0] - bottom <= 2 and tall / 2 <= word[1] <= 2 * tall for word in left]
        row = [word for word, fits in zip(left, same, strict=True) if fits]
        left = [word for word, fits in zip(left, same, strict=True) if not fits]
        if len(row) >= 3:
            found += row
    return found
