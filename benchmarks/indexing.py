"""Documents written per second, beside the Elasticsearch client's own bulk helper.

    python -m benchmarks.indexing [documents] [rounds]

Needs an Elasticsearch (`movietag up`, or MOVIETAG_ELASTICSEARCH). Both write the same documents to
fresh indices of our schema, in turn, in batches of 500 as the index stage does; indices are named
`benchmark-…` and removed at the end. The helper gets its bodies decoded already, so the writer is
compared with a helper that does nothing but send. The last line is JSON; ``ratio`` is the median
over the rounds of writer / helper.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Sequence
from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch
from elasticsearch.helpers import async_streaming_bulk

from movietag.documents import FRAMES, MOVIE_TAGS, Body, FrameBody, MovieTagBody
from movietag.records import Document
from movietag.search.client import connected
from movietag.search.index.schema import SETTINGS, mapping, sort_settings
from movietag.search.index.writer import MOST_BYTES, MOST_DOCUMENTS, write_bulk
from movietag.settings import get_settings
from movietag.settings.credentials import as_administrator
from movietag.vocabulary import Vocabulary, load

IMAGES = 50  # a movie: 50 frames and a row per tag


def make_documents(count: int, vocabulary: Vocabulary) -> list[Document]:
    """Frames and rows of made-up movies, the same in every run."""
    draw = random.Random(7)
    documents: list[Document] = []
    number = 0
    while len(documents) < count:
        movie = f"a-made-up-movie-{number}"
        for slot in range(IMAGES):
            tags = tuple(draw.sample(vocabulary.tags, draw.randint(1, 4)))
            documents.append(_document(FRAMES, f"{movie}~{slot}", _frame(movie, slot, tags)))
        for rank, tag in enumerate(vocabulary.tags, 1):
            row = _row(movie, tag, draw.randint(0, IMAGES), rank)
            documents.append(_document(MOVIE_TAGS, f"{movie}~{tag}", row))
        number += 1
    return documents[:count]


def _document(alias: str, doc_id: str, body: Body) -> Document:
    return Document(_index(alias), doc_id, 1, msgspec.Raw(msgspec.json.encode(body)))


def _frame(movie: str, slot: int, tags: tuple[str, ...]) -> FrameBody:
    quoted = ", ".join(f"'{tag}'" for tag in tags)
    return FrameBody(
        movie_id=movie,
        title=movie,
        year=1999,
        tagger="benchmark",
        video_id=f"youtube:{slot // 10}",
        video_title="Official Trailer",
        slot=slot,
        time=slot * 7.5,
        caption=f"A scene from a movie containing tag data {quoted}",
        tags=tags,
        link=f"https://example.org/watch?v={slot // 10}&t={slot}s",
        updated_ms=1_790_000_000_000,
    )


def _row(movie: str, tag: str, count: int, rank: int) -> MovieTagBody:
    return MovieTagBody(
        movie_id=movie,
        title=movie,
        year=1999,
        tagger="benchmark",
        tag=tag,
        count=count,
        ratio=count / IMAGES,
        images=IMAGES,
        rank=rank,
        updated_ms=1_790_000_000_000,
    )


def _index(alias: str) -> str:
    return f"benchmark-{alias}"


async def with_writer(es: AsyncElasticsearch, documents: Sequence[Document]) -> None:
    """Write in batches, as the index stage does."""
    for start in range(0, len(documents), MOST_DOCUMENTS):
        rejected = await write_bulk(es, documents[start : start + MOST_DOCUMENTS])
        if rejected:
            raise RuntimeError(f"Elasticsearch refuses a document: {rejected[0].reason}")


async def with_helper(es: AsyncElasticsearch, actions: Sequence[dict[str, Any]]) -> None:
    """Write by the client's helper, in requests of the same size; it raises what goes wrong."""
    async for _ in async_streaming_bulk(
        es, actions, chunk_size=MOST_DOCUMENTS, max_chunk_bytes=MOST_BYTES
    ):
        pass


def as_actions(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The same documents as the helper wants them."""
    return [
        {
            "_op_type": "index",
            "_index": document.index,
            "_id": document.doc_id,
            "version": document.version,
            "version_type": "external",
            "_source": json.loads(bytes(document.body)),
        }
        for document in documents
    ]


async def timed(es: AsyncElasticsearch, vocabulary: Vocabulary, work: Awaitable[None]) -> float:
    """Seconds of the work on empty indices."""
    for alias in (FRAMES, MOVIE_TAGS):
        await es.indices.delete(index=_index(alias), ignore_unavailable=True)
        await es.indices.create(
            index=_index(alias),
            mappings=mapping(alias, vocabulary),
            settings={**SETTINGS, **sort_settings(alias)},
        )
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def measure(count: int, rounds: int) -> dict[str, float | int | str]:
    """The figures of all rounds; the first round only warms the server up."""
    vocabulary = load("mpst")
    documents = make_documents(count, vocabulary)
    actions = as_actions(documents)
    ours: list[float] = []
    theirs: list[float] = []
    async with connected(as_administrator(get_settings())) as es:
        try:
            for number in range(rounds + 1):
                ours.append(await timed(es, vocabulary, with_writer(es, documents)))
                theirs.append(await timed(es, vocabulary, with_helper(es, actions)))
                print(f"round {number}: writer {ours[-1]:.2f} s, helper {theirs[-1]:.2f} s")
        finally:
            for alias in (FRAMES, MOVIE_TAGS):
                await es.indices.delete(index=_index(alias), ignore_unavailable=True)
    ratios = [helper / writer for writer, helper in zip(ours[1:], theirs[1:], strict=True)]
    return {
        "benchmark": "indexing",
        "documents": count,
        "rounds": rounds,
        "writer_per_second": round(count / statistics.median(ours[1:])),
        "helper_per_second": round(count / statistics.median(theirs[1:])),
        "ratio": round(statistics.median(ratios), 2),
    }


def main(arguments: Sequence[str]) -> None:
    """Run with the arguments of the command line."""
    count, rounds = [int(text) for text in arguments] + [20_000, 3][len(arguments) :]
    print(json.dumps(asyncio.run(measure(count, rounds))))


if __name__ == "__main__":
    main(sys.argv[1:])
