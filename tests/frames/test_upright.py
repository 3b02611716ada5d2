"""The eight display matrices, and those between them."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from movietag.frames.upright import turn_by_matrix

ONE = 1 << 16
PICTURE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    """Of a mapping of (p, q) to (a p + c q, b p + d q)."""
    numbers = [round(one * ONE) for one in (a, b, 0, c, d, 0, 0, 0)]
    return struct.pack("=9i", *numbers, 1 << 30)


def mapped(a: int, b: int, c: int, d: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Each pixel put where the matrix says."""
    height, width = PICTURE.shape[:2]
    put = {}
    for q in range(height):
        for p in range(width):
            put[a * p + c * q, b * p + d * q] = PICTURE[q, p]
    columns, rows = sorted({x for x, _ in put}), sorted({y for _, y in put})
    return np.array([[put[x, y] for x in columns] for y in rows], np.uint8)


FORMS = [
    (1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1),
    (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_pixel_goes_where_the_matrix_says(form: tuple[int, int, int, int]) -> None:
    assert np.array_equal(turn_by_matrix(matrix(*form))(PICTURE), mapped(*form))


def test_a_slanted_matrix_is_the_nearest_form() -> None:
    slanted = turn_by_matrix(matrix(0.1, 0.99, -0.99, 0.1))
    assert np.array_equal(slanted(PICTURE), mapped(0, 1, -1, 0))
    assert np.array_equal(turn_by_matrix(b"short")(PICTURE), PICTURE)
    assert np.array_equal(turn_by_matrix(bytes(36))(PICTURE), PICTURE)
