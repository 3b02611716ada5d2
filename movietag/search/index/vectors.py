"""Vectors of frames: embeddings of their captions, in a field of the index that only the embedder needs.

The field is named after the model (`vectors.minilm_84aad4c5`), so vectors of two models never meet. It is added
to an index when an embedder is configured, and changes nothing else in it: the schema stays the same. It is
indexed but not stored in `_source`, where a vector would take more space than all the rest. A vector is a
function of the caption, so a document with it has the same version as the document without.

"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from elasticsearch import AsyncElasticsearch

from movietag.documents import FRAMES, VECTORS, Json
from movietag.embedding.embedder import Embedder, VectorModel
from movietag.embedding.vectors import Vector, vector_numbers
from movietag.records import Document
from movietag.search.client import index_errors
from movietag.search.index.writer import Rejected


class _Captioned(msgspec.Struct, frozen=True):
    caption: str = ""


def field_of(model: VectorModel) -> str:
    """The field of a model's vectors."""
    return f"{VECTORS}.{model.name}"


def field_mapping(model: VectorModel) -> Json:
    """The mapping of the field: nearest neighbours by cosine, one byte per dimension."""
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
    """Add the field to an index of frames, unless it exists.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login, or has no such index.
        UsageError: the server refuses the field.
    """
    with index_errors(es):
        await es.indices.put_mapping(index=index, properties=field_mapping(model))


def add_vectors(documents: Sequence[Document], embedder: Embedder) -> list[Document]:
    """The documents, with vectors added to captioned frames; blocks while it computes.

    Raises:
        UsageError: see ``Embedder.model``.
    """
    captions = [_caption(document) for document in documents]
    vectors = embedder.vectors(dict.fromkeys(filter(None, captions)))
    name = embedder.model().name
    return [
        _with_vector(document, name, vectors[caption]) if caption else document
        for document, caption in zip(documents, captions, strict=True)
    ]


def _caption(document: Document) -> str:
    """The caption of a frame; empty if it has none, or if the server will refuse the document anyway."""
    if document.deleted or not is_of_frames(document.index):
        return ""
    try:
        return msgspec.json.decode(document.body, type=_Captioned).caption.strip()
    except (msgspec.DecodeError, RecursionError):
        return ""


def is_of_frames(index: str) -> bool:
    """Whether an index holds frames, of any vocabulary."""
    return index.startswith(f"{FRAMES}-")


def _with_vector(document: Document, name: str, vector: Vector) -> Document:
    body = msgspec.json.decode(document.body, type=dict[str, msgspec.Raw])
    body[VECTORS] = msgspec.Raw(msgspec.json.encode({name: vector_numbers(vector)}))
    return msgspec.structs.replace(document, body=msgspec.Raw(msgspec.json.encode(body)))


class VectorWriter:
    """Adds vectors to the documents of the index stage, creating the field first.

    Args:
        es: a client of the server that the documents go to.
        embedder: None adds nothing.
    """

    def __init__(self, es: AsyncElasticsearch, embedder: Embedder | None) -> None:
        self._es, self._embedder = es, embedder
        self._ready: set[str] = set()

    async def add(self, documents: list[Document]) -> list[Document]:
        """The documents to write, with vectors.

        Raises:
            TransientError, UsageError: see ``ensure_field`` and ``Embedder.model``.
        """
        if self._embedder is None:
            return documents
        for index in {one.index for one in documents if is_of_frames(one.index)} - self._ready:
            await ensure_field(self._es, index, await asyncio.to_thread(self._embedder.model))
            self._ready.add(index)
        return await asyncio.to_thread(add_vectors, documents, self._embedder)

    def lost(self, rejected: Sequence[Rejected]) -> bool:
        """Whether an index lacks the field because it was created again; the caller then retries all documents."""
        if self._embedder is None or not any(_lacks_field(one.reason) for one in rejected):
            return False
        self._ready.clear()
        return True


def _lacks_field(reason: str) -> bool:
    return reason.startswith("strict_dynamic_mapping") and f"[{VECTORS}" in reason
