"""Vectors of frames: what their captions mean, in a field of the index that only the embedder needs.

The field is named after the model (`vectors.minilm_84aad4c5`), so vectors of two models never meet. It is added
to an index when there is an embedder, which changes nothing of what stands there: the schema stays the same.
It is searched but not kept in `_source`, where a vector would take more room than all the rest.
A vector is a function of the caption, so a document with it has the version of the document without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch

from movietag.documents import FRAMES, VECTORS
from movietag.embedding.embedder import Embedder, VectorModel
from movietag.embedding.vectors import Vector, numbers
from movietag.records import Document
from movietag.search.index.schema import in_our_words
from movietag.search.index.writer import Rejected

Json = dict[str, Any]


class _Captioned(msgspec.Struct, frozen=True):
    caption: str = ""


def field_of(model: VectorModel) -> str:
    """The field of a model's vectors."""
    return f"{VECTORS}.{model.name}"


def field_mapping(model: VectorModel) -> Json:
    """How it is mapped: an index for the nearest by cosine, a byte a number."""
    mapped = {
        "type": "dense_vector",
        "dims": model.dimensions,
        "element_type": "byte",
        "similarity": "cosine",
        "index": True,
        "index_options": {"type": "hnsw"},
    }
    return {VECTORS: {"properties": {model.name: mapped}}}


async def ensure_field(es: AsyncElasticsearch, index: str, model: VectorModel) -> None:
    """Add the field to an index of frames, unless it is there.

    Raises:
        TransientError: the server is away, busy or refuses us, or has no such index.
        UsageError: it does not want the field.
    """
    with in_our_words(es):
        await es.indices.put_mapping(index=index, properties=field_mapping(model))


def embedded(documents: Sequence[Document], embedder: Embedder) -> list[Document]:
    """The documents, those of captioned frames with their vectors; blocks for as long as it computes.

    Raises:
        UsageError: as ``Embedder.model``.
    """
    captions = [_caption(document) for document in documents]
    vectors = embedder.vectors(dict.fromkeys(filter(None, captions)))
    name = embedder.model().name
    return [
        _with_vector(document, name, vectors[caption]) if caption else document
        for document, caption in zip(documents, captions, strict=True)
    ]


def _caption(document: Document) -> str:
    """The caption of a frame; empty where there is none, or the server will refuse the document anyway."""
    if document.deleted or not is_of_frames(document.index):
        return ""
    try:
        return msgspec.json.decode(document.body, type=_Captioned).caption.strip()
    except (msgspec.DecodeError, RecursionError):
        return ""


def is_of_frames(index: str) -> bool:
    """Whether an index holds frames, of whatever vocabulary."""
    return index.startswith(f"{FRAMES}-")


def _with_vector(document: Document, name: str, vector: Vector) -> Document:
    body = msgspec.json.decode(document.body, type=dict[str, msgspec.Raw])
    body[VECTORS] = msgspec.Raw(msgspec.json.encode({name: numbers(vector)}))
    return msgspec.structs.replace(document, body=msgspec.Raw(msgspec.json.encode(body)))


class VectorWriter:
    """What the index stage does to its documents: fields first, then vectors.

    Args:
        es: where the documents are written to.
        embedder: None adds nothing.
    """

    def __init__(self, es: AsyncElasticsearch, embedder: Embedder | None) -> None:
        self._es, self._embedder = es, embedder
        self._ready: set[str] = set()

    async def add(self, documents: list[Document]) -> list[Document]:
        """The documents as they are to be written.

        Raises:
            TransientError, UsageError: as ``ensure_field`` and ``Embedder.model``.
        """
        if self._embedder is None:
            return documents
        for index in {one.index for one in documents if is_of_frames(one.index)} - self._ready:
            await ensure_field(self._es, index, await asyncio.to_thread(self._embedder.model))
            self._ready.add(index)
        return await asyncio.to_thread(embedded, documents, self._embedder)

    def lost(self, rejected: Sequence[Rejected]) -> bool:
        """Whether an index has the field no more, for it was made anew: then all are to be tried again."""
        if self._embedder is None or not any(_lacks_field(one.reason) for one in rejected):
            return False
        self._ready.clear()
        return True


def _lacks_field(reason: str) -> bool:
    return reason.startswith("strict_dynamic_mapping") and f"[{VECTORS}" in reason
