"""What finding captions by their meaning takes, beside finding them by their words.

    python -m benchmarks.hybrid [frames] [calls of each kind]

Needs an Elasticsearch (`movietag up`, or MOVIETAG_ELASTICSEARCH) and the extra `meaning`. Frames (100,000) are
written twice, without and with vectors, to indices of their own that are removed at the end: the difference is
what a vector takes of disk (of 5,000 frames or fewer nothing is merged, and it takes three times as much). Vectors are made up around those of 400 real captions; captions of the same are their
texts. Then the library answers `text:` and `about:` in turn, one at a time, so that what else a machine does
hits both alike; no two calls are alike and the request cache is off. How long a caption takes to embed is
processor time. The last line is JSON; ``ratio`` is the median time of `about:` against that of `text:`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch

from benchmarks.made_captions import MadeVectors, caption, question
from movietag.documents import FRAMES, MOVIES, VECTORS, FrameBody, index_name
from movietag.embedding.embedder import Embedder
from movietag.embedding.model import Model, load_model
from movietag.embedding.vectors import vector_numbers
from movietag.records import Document
from movietag.search.client import connected
from movietag.search.index.schema import SETTINGS, mapping, sort_settings
from movietag.search.index.vectors import ensure_field
from movietag.search.index.writer import write_bulk
from movietag.search.reader import Reader
from movietag.search.scenes import SceneSearch, scenes
from movietag.settings import get_settings
from movietag.vocabulary import Vocabulary, from_lines

TOPICS, BATCH, IMAGES = 400, 500, 50
WARM_UP = 40
SETTLED = 40.0  # seconds


def frame(number: int, text: str, name: str, vector: list[int] | None, index: str) -> Document:
    """A frame of a made-up movie, with its vector or without."""
    movie, slot = divmod(number, IMAGES)
    body = FrameBody(
        movie_id=f"made-{movie:06}",
        title=f"Made {movie}",
        year=1999,
        tagger="made@0123",
        video_id=f"youtube:{movie:08}",
        video_title="Official Trailer",
        slot=slot * 3,  # each a scene of its own
        time=slot * 7.5,
        caption=text,
        tags=(),
        link=f"https://www.youtube.com/watch?v={movie:08}&t={slot * 7}s",
        updated_ms=1_790_000_000_000,
    )
    found = msgspec.to_builtins(body)
    if vector:
        found[VECTORS] = {name: vector}
    return Document(index, f"{movie}~{slot}", 1, msgspec.Raw(msgspec.json.encode(found)))


async def fill(
    es: AsyncElasticsearch, vocabulary: Vocabulary, model: Model, made: MadeVectors, frames: int
) -> dict[str, float]:
    """Write the frames without vectors, then with; bytes and seconds of both."""
    index, found = index_name(FRAMES, vocabulary.vocabulary_id), dict[str, float]()
    for kind in ("without", "with"):
        await es.options(ignore_status=404).indices.delete(index=index)
        await es.indices.create(
            index=index,
            mappings=mapping(FRAMES, vocabulary),
            settings={
                **SETTINGS,
                **sort_settings(FRAMES),
                "refresh_interval": "30s",
                "requests.cache.enable": False,
            },
        )
        if kind == "with":
            await ensure_field(es, index, model)
        seconds = 0.0
        for first in range(0, frames, BATCH):
            places = range(first, min(first + BATCH, frames))
            documents = [
                frame(
                    at, text, model.name, vector_numbers(vector) if kind == "with" else None, index
                )
                for at, (text, vector) in zip(places, made.take(places), strict=True)
            ]
            begun = time.monotonic()
            assert await write_bulk(es, documents) == []
            seconds += time.monotonic() - begun
        # What is kept for copies that lag behind, vectors too, goes in a merge some time later.
        await es.indices.flush(index=index, force=True)
        await asyncio.sleep(SETTLED)
        patient = es.options(request_timeout=600)
        await patient.indices.forcemerge(index=index, max_num_segments=1)
        await patient.indices.refresh(index=index)
        stats = (await es.indices.stats(index=index))["indices"][index]["primaries"]
        found[f"bytes_{kind}"] = round(stats["store"]["size_in_bytes"] / frames)
        found[f"written_per_s_{kind}"] = round(frames / seconds)
        print(kind, found, flush=True)
    return found


async def call(library: Reader, query: str, limit: int = 20) -> tuple[float, int]:
    """Milliseconds of a search for scenes, and how many frames it found."""
    begun = time.perf_counter()
    found = await scenes(library, SceneSearch(library.parse(query, "frames"), limit))
    return 1000 * (time.perf_counter() - begun), found.frames


async def compared(library: Reader, calls: int) -> dict[str, Any]:
    """Times of both kinds in turn."""
    draw = random.Random(5)
    times: dict[str, list[float]] = {"text": [], "about": []}
    found: dict[str, list[int]] = {"text": [], "about": []}
    seen: set[str] = set()
    while len(times["about"]) < calls + WARM_UP:
        asked = f"{question(draw)} {len(seen)}"
        if asked in seen:
            continue
        seen.add(asked)
        word = draw.choice(caption(draw).split())
        movie = draw.randrange(100_000)
        for kind, query in (
            ("text", f'text:{word} and not movie:"made-{movie}"'),
            ("about", f'about:"{asked}"'),
        ):
            ms, frames = await call(library, query)
            times[kind].append(ms)
            found[kind].append(frames)
    result: dict[str, Any] = {}
    for kind, all_ms in times.items():
        ranked = sorted(all_ms[WARM_UP:])
        result[f"{kind}_median_ms"] = round(statistics.median(ranked), 1)
        result[f"{kind}_p95_ms"] = round(ranked[int(0.95 * len(ranked))], 1)
        result[f"{kind}_frames"] = round(statistics.median(found[kind]))
    result["ratio"] = round(result["about_median_ms"] / result["text_median_ms"], 2)
    return result


def embedding_ms(model: Model) -> float:
    """Processor time of a caption that is not remembered, in milliseconds."""
    draw = random.Random(9)
    texts = [caption(draw) for _ in range(100)]
    begun = time.process_time()
    for text in texts:
        model.embed(text)
    return round(10 * (time.process_time() - begun), 1)


async def main(frames: int, calls: int) -> dict[str, Any]:
    """Fill, ask; the figures."""
    model = load_model("minilm")
    vocabulary = from_lines(f"benchmark-hybrid-{frames}", ["horror"])
    async with connected(get_settings()) as es:
        empty = index_name(MOVIES, vocabulary.vocabulary_id)  # `text:` looks for titles, too
        try:
            await es.indices.create(index=empty, mappings=mapping(MOVIES, vocabulary))
            sizes = await fill(es, vocabulary, model, MadeVectors(model, TOPICS, 3), frames)
            library = Reader(es, vocabulary, 0.1, Embedder(lambda: model), 0.2)
            times = await compared(library, calls)
        finally:
            index = index_name(FRAMES, vocabulary.vocabulary_id)
            for name in (index, empty):
                await es.options(ignore_status=404).indices.delete(index=name)
    return {
        "benchmark": "hybrid",
        "frames": frames,
        "calls": calls,
        **times,
        **sizes,
        "embed_cpu_ms": embedding_ms(model),
        "load_1min": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]] + [100_000, 300][len(sys.argv) - 1 :]
    print(json.dumps(asyncio.run(main(*given))))
