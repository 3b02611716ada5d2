"""The embedder of the settings: it loads its model when first needed, and caches vectors of texts."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final, Protocol

from movietag.embedding.vectors import Vector
from movietag.errors import UsageError

MOST_REMEMBERED: Final = 50_000  # texts; with vectors of 384 numbers about 30 MB
OFF: Final = "Finding captions by their meaning is off: set MOVIETAG_EMBEDDER=minilm (docs/search.md says what it costs)."


class VectorModel(Protocol):
    """A model that computes vectors."""

    name: str
    dimensions: int

    def embed(self, text: str) -> Vector:
        """The vector of a text."""


class Embedder:
    """Texts -> vectors of one model, with a cache.

    Args:
        load: returns the model, or raises UsageError.
    """

    def __init__(self, load: Callable[[], VectorModel]) -> None:
        self._load = load
        self._loaded: VectorModel | None = None
        self._remembered: OrderedDict[str, Vector] = OrderedDict()
        self._lock = Lock()

    def model(self) -> VectorModel:
        """The model, loaded on the first call.

        Raises:
            UsageError: it cannot be loaded.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def vectors(self, texts: Iterable[str]) -> dict[str, Vector]:
        """The vector of each text; blocks while it computes.

        Raises:
            UsageError: as ``model``.
        """
        model, vectors = self.model(), dict[str, Vector]()
        with self._lock:
            for text in texts:
                vector = self._remembered.pop(text, None) or model.embed(text)
                self._remembered[text] = vectors[text] = vector
                if len(self._remembered) > MOST_REMEMBERED:
                    self._remembered.popitem(last=False)
        return vectors

    async def vector(self, text: str) -> Vector:
        """The vector of a text, computed in a thread; raises as ``vectors``."""
        return (await asyncio.to_thread(self.vectors, [text]))[text]


def embedder_of(setting: str) -> Embedder | None:
    """The embedder that MOVIETAG_EMBEDDER names; None if it is empty. Loads nothing yet."""
    if not setting:
        return None

    def load() -> VectorModel:
        from movietag.embedding.model import load_model  # noqa: PLC0415  # of the extra `meaning`

        return load_model(setting)

    return Embedder(load)


def needed(embedder: Embedder | None) -> Embedder:
    """The embedder, which must not be None.

    Raises:
        UsageError: it is None; the text names the setting.
    """
    if embedder is None:
        raise UsageError(OFF)
    return embedder
