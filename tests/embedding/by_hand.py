"""Models that need no file: vectors by hand."""

from __future__ import annotations

from collections.abc import Mapping

from movietag.embedding.vectors import Vector


class ByHand:
    """A model whose vectors are given; it counts what it is asked."""

    def __init__(
        self, vectors: Mapping[str, Vector], name: str = "byhand_0123", dimensions: int = 3
    ) -> None:
        self.name, self.dimensions = name, dimensions
        self._vectors = vectors
        self.asked: list[str] = []

    def embed(self, text: str) -> Vector:
        self.asked.append(text)
        return self._vectors[text]
