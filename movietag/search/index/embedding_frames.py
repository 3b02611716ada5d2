"""Adds vectors to frames that were written before an embedder was configured, or with another model's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import msgspec

from movietag.documents import FRAMES, VECTORS, Json
from movietag.embedding.embedder import Embedder
from movietag.records import Document
from movietag.search.client import transient_errors
from movietag.search.index.vectors import add_vectors, ensure_field, field_of
from movietag.search.index.writer import write_bulk
from movietag.search.indices import Indices

BATCH_FRAMES: Final = 100  # frames, one or two seconds of work: the progress bar moves

OnProgress = Callable[[int, int], None]  # frames done, frames in all


class Embedded(msgspec.Struct, frozen=True):
    """The result: frames that got a vector, frames that Elasticsearch refused, and all frames of ``index``.

    ``without``: frames still without a vector, because they are newer or their caption is empty.
    """

    index: str
    field: str
    embedded: int
    refused: int
    frames: int
    without: int


async def embed_frames(indices: Indices, embedder: Embedder, on_progress: OnProgress) -> Embedded:
    """Add a vector of the embedder's model to every captioned frame that has none.

    A document keeps its version, so a concurrent newer write wins. An interrupted run resumes, as frames with
    a vector are skipped.


    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
        UsageError: the model is unusable.
    """
    es, index = indices.es, indices.name(FRAMES)
    model = await asyncio.to_thread(embedder.model)
    await ensure_field(es, index, model)
    with transient_errors(es):
        await es.indices.refresh(index=index)
    lacking = _lacking(field_of(model))
    total = await indices.count(FRAMES, lacking)
    done = refused = 0
    async with aclosing(_batches(indices, lacking)) as batches:
        async for documents in batches:
            complete = await asyncio.to_thread(add_vectors, documents, embedder)
            refused += len(await write_bulk(es, complete, in_place=True))
            done += len(documents)
            on_progress(done, max(done, total))
    with transient_errors(es):
        await es.indices.refresh(index=index)
    frames = await indices.count(FRAMES, {"match_all": {}})
    has_one = {"exists": {"field": field_of(model)}}
    without = frames - await indices.count(FRAMES, has_one)
    return Embedded(index, field_of(model), done - refused, refused, frames, without)


def _lacking(field: str) -> Json:
    """Frames with words and without a vector; `exists` does not match an empty caption."""
    return {
        "bool": {
            "filter": [{"exists": {"field": "caption"}}],
            "must_not": [{"exists": {"field": field}}],
        }
    }


async def _batches(indices: Indices, query: Json) -> AsyncGenerator[list[Document], None]:
    """The documents of a query, unchanged but for the vectors of other models, which are dropped."""
    request = {"query": query, "sort": ["_shard_doc"], "version": True}
    request["_source"] = {"excludes": [VECTORS]}
    batch: list[Document] = []
    async with aclosing(indices.scan(FRAMES, request, BATCH_FRAMES)) as hits:
        async for hit in hits:
            batch.append(Document(hit["_index"], hit["_id"], hit["_version"], hit["_source"]))
            if len(batch) == BATCH_FRAMES:
                yield batch
                batch = []
    if batch:
        yield batch
