from __future__ import annotations

import cv2
import numpy as np
import pytest
from frames.drawn_videos import textured

from movietag.errors import PermanentError
from movietag.frames.header import picture_size
from movietag.frames.jpeg import encode_jpeg
from movietag.frames.thumbnails import thumbnail


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        ((640, 360), (320, 180)),
        ((1920, 800), (320, 133)),
        ((200, 100), (200, 100)),
        ((4000, 2), (320, 1)),
    ],
)
def test_a_thumbnail_has_the_frames_proportions(
    shown: tuple[int, int], wanted: tuple[int, int]
) -> None:
    frame = encode_jpeg(cv2.resize(textured(1), shown), 90)
    assert picture_size(thumbnail(frame)) == wanted


def test_a_thumbnail_shows_the_frame_in_few_bytes() -> None:
    frame = encode_jpeg(cv2.resize(textured(1), (640, 360)), 85)
    small = thumbnail(frame)
    assert len(small) < len(frame) / 2
    back = cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_COLOR)
    there = cv2.resize(textured(1), (320, 180), interpolation=cv2.INTER_AREA)
    assert back is not None
    assert np.abs(back.astype(int) - there).mean() < 12


def test_what_is_no_frame_is_told() -> None:
    bomb = bytearray(encode_jpeg(cv2.resize(textured(1), (64, 36)), 85))
    at = bomb.index(b"\xff\xc0") + 5
    bomb[at : at + 4] = (65_000).to_bytes(2, "big") * 2
    for data in (b"", b"no picture", bytes(bomb), b"\xff\xd8\xff\xe0 cut"):
        with pytest.raises(PermanentError, match="frame"):
            thumbnail(data)
