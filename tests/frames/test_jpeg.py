from fractions import Fraction

import numpy as np
import pytest
from drawn_videos import decoded, textured
from hypothesis import given
from hypothesis import strategies as st

from movietag.frames.jpeg import encode_jpeg, pad, scale_to_fit


@pytest.mark.parametrize(
    ("size", "aspect", "expected"),
    [
        ((640, 360), 1, (640, 360)),
        ((1280, 720), 1, (640, 360)),
        ((320, 180), 1, (640, 360)),
        ((640, 480), 1, (480, 360)),  # 4:3
        ((360, 640), 1, (202, 360)),  # portrait
        ((1920, 800), 1, (640, 267)),  # wider than the box
        ((720, 576), Fraction(16, 15), (480, 360)),  # PAL, 4:3 from pixels that are not square
        ((5000, 1), 1, (640, 1)),
        ((1, 5000), 1, (1, 360)),
    ],
)
def test_fit(size: tuple[int, int], aspect: Fraction | int, expected: tuple[int, int]) -> None:
    fitted = scale_to_fit(np.zeros((size[1], size[0], 3), np.uint8), 640, 360, aspect)
    assert fitted.shape == (expected[1], expected[0], 3)


sides = st.integers(1, 700)


@given(sides, sides, sides, sides)
def test_fit_keeps_proportions_and_fills_a_side(w: int, h: int, width: int, height: int) -> None:
    shape = scale_to_fit(np.zeros((h, w, 3), np.uint8), width, height).shape
    assert shape[1] <= width
    assert shape[0] <= height
    assert shape[1] == width or shape[0] == height
    scale = min(width / w, height / h)
    assert abs(shape[1] - w * scale) <= 1
    assert abs(shape[0] - h * scale) <= 1


def test_pad_centres_on_black() -> None:
    padded = pad(np.full((10, 4, 3), 200, np.uint8), 9, 10)
    assert padded[:, 2:6].min() == 200
    assert padded.sum() == 200 * 10 * 4 * 3


def test_encode_is_the_same_every_time_and_near_the_picture() -> None:
    picture = textured(5)
    data = encode_jpeg(picture, 85)
    assert data == encode_jpeg(picture, 85)
    assert data[:2] == b"\xff\xd8"
    assert np.abs(decoded(data).astype(int) - picture).mean() < 4
    assert len(encode_jpeg(picture, 20)) < len(data)
