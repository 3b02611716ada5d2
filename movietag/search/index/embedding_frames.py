"""Giving their vectors to frames that were written without: before there was an embedder, or by another model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import msgspec

from movietag.documents import FRAMES, VECTORS
from movietag.embedding.embedder import Embedder
from movietag.records import Document
from movietag.search.client import transient_errors
from movietag.search.index.vectors import embedded, ensure_field, field_of
from movietag.search.index.writer import write
from movietag.search.indices import Indices
from movietag.search.queries import Json

AT_ONCE: Final = 100  # frames: a second or two of work, so that a bar moves

Say = Callable[[int, int], None]  # frames done, of so many


class Embedded(msgspec.Struct, frozen=True):
    """What was done: frames that got a vector, and those that Elasticsearch refused; in all, those of ``index``.

    ``without``: frames that still have none, because they came meanwhile or their caption is empty.
    """

    index: str
    field: str
    embedded: int
    refused: int
    frames: int
    without: int


async def embed_frames(indices: Indices, embedder: Embedder, say: Say) -> Embedded:
    """Give every captioned frame that has no vector of the embedder's model one.

    A document keeps its version, so that one that is written meanwhile wins; cut short, it goes on where it
    stood, as what has its vector is not looked at again.

    Raises:
        TransientError: the server is away, or has no index of this vocabulary.
        UsageError: the model cannot be used.
    """
    es, index = indices.es, indices.name(FRAMES)
    model = await asyncio.to_thread(embedder.model)
    await ensure_field(es, index, model)
    with transient_errors(es):
        await es.indices.refresh(index=index)
    lacking = _lacking(field_of(model))
    total = await _count(indices, lacking)
    done = refused = 0
    async with aclosing(_batches(indices, lacking)) as batches:
        async for documents in batches:
            complete = await asyncio.to_thread(embedded, documents, embedder)
            refused += len(await write(es, complete, in_place=True))
            done += len(documents)
            say(done, max(done, total))
    with transient_errors(es):
        await es.indices.refresh(index=index)
    frames = await _count(indices, {"match_all": {}})
    has_one = {"exists": {"field": field_of(model)}}
    without = frames - await _count(indices, has_one)
    return Embedded(index, field_of(model), done - refused, refused, frames, without)


def _lacking(field: str) -> Json:
    """Frames that have words and no vector; `exists` asks for words, not for an empty caption."""
    return {
        "bool": {
            "filter": [{"exists": {"field": "caption"}}],
            "must_not": [{"exists": {"field": field}}],
        }
    }


async def _count(indices: Indices, query: Json) -> int:
    body = {"query": query, "size": 0, "track_total_hits": True}
    return int((await indices.answer(FRAMES, body))["hits"]["total"]["value"])


async def _batches(indices: Indices, query: Json) -> AsyncGenerator[list[Document], None]:
    """The documents of a query as of now, as they stand, without the vectors of other models."""
    asked = {"query": query, "sort": ["_shard_doc"], "version": True}
    asked["_source"] = {"excludes": [VECTORS]}
    batch: list[Document] = []
    async with aclosing(indices.every(FRAMES, asked, AT_ONCE)) as hits:
        async for hit in hits:
            body = msgspec.Raw(msgspec.json.encode(hit["_source"]))
            batch.append(Document(hit["_index"], hit["_id"], hit["_version"], body))
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch
