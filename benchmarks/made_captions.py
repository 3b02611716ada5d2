"""Captions as a captioner writes them, made up of parts; and vectors as they would have, without computing each."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from movietag.embedding.model import Model
from movietag.embedding.vectors import Vector, as_bytes

WHO = (
    "a man|an old woman|two soldiers|a child|a crowd|a detective|a dog|a couple|a king|a scientist"
)
DOES = "walks along|runs from|looks at|fights in|sleeps in|drives past|dances in|hides behind|waits at|repairs"
WHAT = "a castle|a car|a ship|a kitchen|a red planet|a train|a garden|a burning house|a market|a wooden bridge"
WHEN = "at night|in the rain|in the sun|during a war|in winter|at a wedding|in the desert|at sea|in fog|at dawn"
PARTS = tuple(part.split("|") for part in (WHO, DOES, WHAT, WHEN))
ASKED = (
    "somebody {} {}",
    "people near {} {}",
    "an encounter close to {} {}",
    "what happens by {} {}",
)
SPREAD = 0.6  # of the noise, against a vector of length 1: cosines within a topic are about 0.7


def caption(draw: random.Random) -> str:
    """One of ten thousand."""
    return " ".join(draw.choice(part) for part in PARTS)


def question(draw: random.Random) -> str:
    """What people ask, in half the words of captions."""
    return draw.choice(ASKED).format(draw.choice(PARTS[2]), draw.choice(PARTS[3]))


class MadeVectors:
    """Vectors around those of some captions: each a topic, with noise."""

    def __init__(self, model: Model, topics: int, seed: int) -> None:
        draw = random.Random(seed)
        self.captions = tuple(caption(draw) for _ in range(topics))
        floats = [model.floats(text) for text in self.captions]
        self._centres: NDArray[np.float64] = np.array([one / np.linalg.norm(one) for one in floats])

    def take(self, numbers: Sequence[int]) -> Iterator[tuple[str, Vector]]:
        """Caption and vector of each frame of these numbers, the same in every run."""
        for number in numbers:
            noise = np.random.default_rng(number)
            topic = int(noise.integers(len(self.captions)))
            far = noise.normal(size=self._centres.shape[1])
            moved = self._centres[topic] + SPREAD * far / np.linalg.norm(far)
            yield self.captions[topic], as_bytes(moved.astype(np.float32))
