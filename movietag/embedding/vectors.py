"""Vectors as they are stored: one byte a number, a quarter of a float. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = bytes
"""A signed byte a number, from -127 to 127; only the direction matters."""
MOST: Final = 127


def as_bytes(floats: NDArray[np.float32]) -> Vector:
    """The direction of a vector of shape (n,) in n bytes: its largest number becomes 127 or -127.

    Cosines change by some thousandths. Processors whose floats differ in the last digits mostly give the same
    bytes.

    Raises:
        ValueError: it is a zero vector.
    """
    largest = float(np.abs(floats).max(initial=0.0))
    if not 0 < largest < float("inf"):
        raise ValueError("a vector without a direction")
    return bytes(np.rint(floats * (MOST / largest)).astype(np.int8))


def vector_numbers(vector: Vector) -> list[int]:
    """The numbers of a vector, as Elasticsearch expects them."""
    return list(map(int, np.frombuffer(vector, np.int8)))


def vector_cosine(one: Vector, other: Vector) -> float:
    """The cosine of two directions, from -1 to 1."""
    first, second = (np.frombuffer(vector, np.int8).astype(float) for vector in (one, other))
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))
