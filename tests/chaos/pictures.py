"""Frames that say what they are: the numbers of video and slot as black and white blocks."""

from __future__ import annotations

import hashlib
import random
import zlib
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from movietag.vocabulary import load

COLUMNS, ROWS = 8, 4  # 14 bits of video, 8 of slot, 10 of a checksum
BLOCK = 20  # pixels
WIDTH, HEIGHT = COLUMNS * BLOCK, ROWS * BLOCK


def _code(video: int, slot: int) -> int:
    check = zlib.crc32(f"{video}/{slot}".encode()) & 0x3FF
    return check << 22 | slot << 14 | video


def drawn(video: int, slot: int) -> NDArray[np.uint8]:
    """The picture, (HEIGHT, WIDTH, 3)."""
    code = _code(video, slot)
    bits = [(code >> bit) & 1 for bit in range(COLUMNS * ROWS)]
    blocks = np.array(bits, np.uint8).reshape(ROWS, COLUMNS) * 255
    grey = np.kron(blocks, np.ones((BLOCK, BLOCK), np.uint8))
    return np.repeat(grey[:, :, None], 3, axis=2)


def seen(jpeg: bytes) -> tuple[int, int] | None:
    """Video and slot of a picture; None when it is none of ours, or damaged."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None or picture.shape != (HEIGHT, WIDTH):
        return None
    middle = BLOCK // 2
    bits = (picture[middle::BLOCK, middle::BLOCK] > 127).reshape(-1)
    code = sum(1 << place for place, bit in enumerate(bits) if bit)
    video, slot = code & 0x3FFF, code >> 14 & 0xFF
    return (video, slot) if code == _code(video, slot) else None


@lru_cache
def _tags() -> tuple[str, ...]:
    return load("mpst").tags


def tags_of(video: int, slot: int, tagger: str) -> tuple[str, ...]:
    """The tags that this tagger sees in this frame: none to four, drawn by a hash."""
    digest = hashlib.sha256(f"{video}/{slot}/{tagger}".encode()).digest()
    rng = random.Random(digest)
    return tuple(rng.sample(_tags(), rng.randrange(5)))


def said(video: int, slot: int, tagger: str) -> str:
    """Its caption."""
    return f"v{video} s{slot}: {', '.join(tags_of(video, slot, tagger)) or 'nothing'}"
