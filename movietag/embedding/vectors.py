"""Vectors as they are stored: a byte a number, a quarter of a float's size. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = bytes
"""A signed byte a number, from -127 to 127; only its direction says something."""
MOST: Final = 127


def as_bytes(floats: NDArray[np.float32]) -> Vector:
    """The direction of a vector of shape (n,) in n bytes: its largest number becomes 127 or -127.

    Cosines change by some thousandths, and what two processors compute differently in the last digits of a
    float is mostly the same byte.

    Raises:
        ValueError: it has no direction.
    """
    largest = float(np.abs(floats).max(initial=0.0))
    if not 0 < largest < float("inf"):
        raise ValueError("a vector without a direction")
    return bytes(np.rint(floats * (MOST / largest)).astype(np.int8))


def numbers(vector: Vector) -> list[int]:
    """The numbers of a vector, as Elasticsearch takes them."""
    return list(map(int, np.frombuffer(vector, np.int8)))


def cosine(one: Vector, other: Vector) -> float:
    """From -1 to 1: how alike two directions are."""
    first, second = (np.frombuffer(vector, np.int8).astype(float) for vector in (one, other))
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))
