import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.frames.header import picture_size

KINDS = [
    (".jpg", []),
    (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    (".png", []),
    (".bmp", []),
    (".webp", [cv2.IMWRITE_WEBP_QUALITY, 50]),
    (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),  # lossless
]


def written(kind: str, options: list[int], width: int, height: int) -> bytes:
    done, data = cv2.imencode(kind, np.zeros((height, width, 3), np.uint8), options)
    assert done
    return data.tobytes()


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("size", [(1, 1), (37, 500), (640, 360)])
def test_size_of_what_opencv_writes(kind: str, options: list[int], size: tuple[int, int]) -> None:
    data = written(kind, options, *size)
    assert picture_size(data) == size
    for cut in range(24):
        assert picture_size(data[:cut]) in (None, size)


def test_size_of_forms_that_opencv_does_not_write() -> None:
    extended = b"RIFF\0\0\0\0WEBPVP8X" + struct.pack("<II", 10, 0) + b"\xff\x4e\x00\x1f\x4e\x00"
    assert picture_size(extended) == (20224, 20000)
    os2 = b"BM" + bytes(12) + struct.pack("<IHH", 12, 300, 200)
    assert picture_size(os2) == (300, 200)
    upside_down = b"BM" + bytes(12) + struct.pack("<Iii", 40, 300, -200)
    assert picture_size(upside_down) == (300, 200)
    exif = b"\xff\xd8\xff\xe1\x00\x08Exif\0\0\xff\xff\xc2\x00\x0b\x08\x00\x10\x00\x20"
    assert picture_size(exif) == (32, 16)


@pytest.mark.parametrize("data", [b"", b"<html>", b"GIF89a\x01\x00\x01\x00", b"\xff\xd8\xff\xd9"])
def test_no_size(data: bytes) -> None:
    assert picture_size(data) is None


@given(st.sampled_from([b"", b"\xff\xd8", b"BM", b"RIFF\0\0\0\0WEBPVP8 "]), st.binary(max_size=80))
def test_any_bytes_are_read_without_an_error(magic: bytes, rest: bytes) -> None:
    size = picture_size(magic + rest)
    assert size is None or len(size) == 2
