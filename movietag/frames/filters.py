"""Filters: pictures without content (dark, flat), and near duplicates (perceptual hash). Pure.

A picture is a uint8 array of shape (height, width, 3), blue-green-red.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

DARK_LEVEL = 24  # of 255
DARK_SHARE = 0.95  # of the pixels
FLAT_STD = 15.0  # of 255: fades and single-coloured cards are below
HASH_SIDE = 8
HASH_SAMPLES = 32


def is_dark(picture: Picture) -> bool:
    """Whether at least 95 % of the pixels are nearly black (grey level below 24)."""
    levels = cv2.calcHist([grey(picture)], [0], None, [256], [0, 256]).ravel()
    return float(levels[:DARK_LEVEL].sum()) >= DARK_SHARE * float(levels.sum())


def is_flat(picture: Picture) -> bool:
    """Whether the picture has no structure: the standard deviation of its grey levels is below 15."""
    _, deviation = cv2.meanStdDev(grey(picture))
    return float(deviation[0, 0]) < FLAT_STD


def perceptual_hash(picture: Picture) -> int:
    """The 64-bit DCT hash (pHash, www.phash.org): similar for pictures that look alike.

    The grey picture is shrunk to 32x32; each of the 8x8 lowest frequencies of its cosine transform,
    but the constant ones' row and column, gives a bit: above their median or not.
    JPEG compression and scaling flip a few bits; unrelated pictures differ in about 32.
    """
    small = cv2.resize(grey(picture), (HASH_SAMPLES, HASH_SAMPLES), interpolation=cv2.INTER_AREA)
    lowest = cv2.dct(small.astype(np.float32))[1 : HASH_SIDE + 1, 1 : HASH_SIDE + 1]
    bits = np.packbits((lowest > np.median(lowest)).ravel())
    return int.from_bytes(bits.tobytes(), "big")


def hamming(one: int, other: int) -> int:
    """The number of bits in which two hashes differ."""
    return (one ^ other).bit_count()


def grey(picture: Picture) -> NDArray[np.uint8]:
    """The grey levels of a picture, shape (height, width)."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
