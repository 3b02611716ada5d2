"""Tags that are near to a text in meaning: hints for words that are spelled like no tag."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from movietag.embedding.embedder import Embedder
from movietag.embedding.vectors import Vector, vector_cosine
from movietag.errors import UsageError

MOST_HINTS: Final = 3
MOST_COMPARED: Final = 1200  # tags of a vocabulary; their vectors take 3 ms each, once
_BATCH: Final = 50  # vectors computed while other texts wait


class MeantTags:
    """The tags of a vocabulary by their meaning. Their vectors are computed when first needed, and cached.

    Args:
        embedder: computes vectors; None: no tag is near.
        tags: of the vocabulary; none is near if there are more than ``MOST_COMPARED``.
        floor: least cosine similarity of a near tag.
    """

    def __init__(self, embedder: Embedder | None, tags: Sequence[str], floor: float) -> None:
        self._embedder = embedder if len(tags) <= MOST_COMPARED else None
        self._tags, self._floor = tags, floor
        self._vectors: dict[str, Vector] = {}

    async def nearest(self, text: str) -> list[str]:
        """Up to ``MOST_HINTS`` tags that are near to a text, nearest first.

        There are none if the embedder cannot be loaded: a search by meaning says why.
        """
        if self._embedder is None or not text.strip():
            return []
        with suppress(UsageError):
            return await asyncio.to_thread(self._nearest, self._embedder, text.strip())
        return []

    def _nearest(self, embedder: Embedder, text: str) -> list[str]:
        if len(self._vectors) < len(self._tags):
            made: dict[str, Vector] = {}
            for start in range(0, len(self._tags), _BATCH):
                made |= embedder.vectors(self._tags[start : start + _BATCH])
            self._vectors = made
        asked = embedder.vectors([text])[text]
        cosines = {tag: vector_cosine(asked, vector) for tag, vector in self._vectors.items()}
        near = [tag for tag, cosine in cosines.items() if cosine >= self._floor]
        return sorted(near, key=lambda tag: -cosines[tag])[:MOST_HINTS]
