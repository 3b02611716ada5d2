"""Frames that are no whole pictures: cut at every length, with flipped bits, and bombs."""

from __future__ import annotations

import random
import struct
import zlib

import cv2
import numpy as np

from fuzz.inputs import Input
from movietag import topics
from movietag.records import FrameInfo, MovieId, TaggerId, VideoId, encode

TAGGER = TaggerId("fuzz@1")
ZEROS = zlib.compress(bytes(30_000_000), 9)


def jpeg(rng: random.Random, width: int = 64, height: int = 36) -> bytes:
    """A small JPEG of noise."""
    draw = np.random.default_rng(rng.randrange(2**32))
    picture = draw.integers(0, 255, (height, width, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()


def png(width: int, height: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG with any size in its header, whatever its data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), *more, (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def huge_jpeg(rng: random.Random) -> bytes:
    """A JPEG whose header claims up to 65,535 pixels a side."""
    data = bytearray(jpeg(rng))
    at = data.index(b"\xff\xc0") + 5
    struct.pack_into(">HH", data, at, rng.randrange(8_000, 65_536), rng.randrange(8_000, 65_536))
    return bytes(data)


def bomb(rng: random.Random) -> tuple[bytes, str]:
    """A picture that is far larger than its file, in pixels or in what it unpacks to."""
    match rng.randrange(6):
        case 0:
            return huge_jpeg(rng), "jpeg of 65,535 pixels"
        case 1:
            return png(60_000, 60_000, zlib.compress(b"x")), "png of 60,000 pixels"
        case 2:
            return png(2**31 - 1, 2**31 - 1, b""), "png of 2^31 pixels"
        case 3:
            return png(64, 36, ZEROS), "png that unpacks to 30 MB"
        case 4:
            text = b"Comment\x00\x00" + ZEROS
            return png(
                64, 36, zlib.compress(bytes(193 * 36)), (b"zTXt", text)
            ), "png with text of 30 MB"
        case _:
            return png(0, 0, zlib.compress(b"")), "png of no pixels"


class Pictures:
    """Makes them, each in a slot of its own."""

    def __init__(self, rng: random.Random, run: str) -> None:
        self._rng = rng
        self._run = run
        self._slot = 0

    def broken(self, count: int) -> list[Input]:
        """A JPEG cut at every length in turn, and with bits flipped."""
        whole = jpeg(self._rng)
        found = []
        for number in range(count):
            data = bytearray(whole)
            if number % 2:
                for _ in range(1 << self._rng.randrange(8)):
                    data[self._rng.randrange(len(data))] ^= 1 << self._rng.randrange(8)
                found.append(self._frame("jpegs", bytes(data), None, "flipped"))
            else:
                length = number // 2 * len(data) // max(1, count // 2)
                # Cut before its size a JPEG cannot be read; later, a decoder may take it.
                found.append(
                    self._frame("jpegs", bytes(data[:length]), length < 100 or None, "cut")
                )
        return found

    def bombs(self, count: int) -> list[Input]:
        found = []
        for _ in range(count):
            data, note = bomb(self._rng)
            found.append(self._frame("bombs", data, None if "MB" in note else True, note))
        return found

    def _frame(self, group: str, data: bytes, refused: bool | None, note: str) -> Input:
        self._slot += 1
        info = FrameInfo(
            MovieId(f"pic-{self._run}"), 1, VideoId("x:pictures"), self._slot, 0.5, TAGGER
        )
        headers = ((topics.FRAME_HEADER, encode(info)),)
        return Input(group, topics.FRAMES.name, data, b"k", headers, refused, note=note)
