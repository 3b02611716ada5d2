"""How long searches take through the REST API, over a made-up library of any size.

    python -m benchmarks.search [movies] [images a movie] [seconds] [calls a second] [calls before]

Needs an Elasticsearch (`MOVIETAG_ELASTICSEARCH_COMPILER=c2 movietag up`, or MOVIETAG_ELASTICSEARCH). The library (20,000 movies of 50 images:
1,000,000 frames) is written to indices of its own, with the request cache off, which are kept for the next run
of the same size and removed by `python -m benchmarks.search clean`. Then `movietag serve` gets 40 calls a
second (or as many as said) from 8 clients, whether or not earlier ones are answered (open loop), of 12 kinds,
no two alike; a time is from when the call was due to the last byte of its answer. The processor time that a call
takes says what a machine that others load cannot. The last line is JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from elasticsearch import AsyncElasticsearch

from benchmarks.made_calls import Call, Calls
from benchmarks.made_library import MadeLibrary
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, index_name, read_name
from movietag.errors import TransientError
from movietag.records import Document
from movietag.search.client import connected
from movietag.search.index.schema import SETTINGS, mapping, sort_settings
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings, get_settings
from movietag.vocabulary import Vocabulary, from_lines, load

CLIENTS = 8
WARM_UP = 2000  # calls before: Java compiles beside the searches
BATCH = 4  # movies written at once: some 500 documents
ALIASES = (MOVIES, MOVIE_TAGS, FRAMES)


@dataclass
class Times:
    """Milliseconds of the calls of each kind, how many failed, and what the first of these said."""

    by_kind: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0
    first_failure: str = ""

    def percentile(self, percent: float, kind: str | None = None) -> float:
        """A percentile over all calls, or those of a kind."""
        found = [ms for name, times in self.by_kind.items() if kind in {None, name} for ms in times]
        found.sort()
        return round(found[min(int(len(found) * percent / 100), len(found) - 1)], 1)


async def fill(es: AsyncElasticsearch, library: MadeLibrary) -> float | None:
    """Write the library, unless it is there; returns documents a second."""
    names = [index_name(alias, library.vocabulary.vocabulary_id) for alias in ALIASES]
    if (
        await es.indices.exists(index=names[0])
        and (await es.count(index=names[0]))["count"] == library.movies
    ):
        return None
    for alias, name in zip(ALIASES, names, strict=True):
        await es.options(ignore_status=404).indices.delete(index=name)
        await es.indices.create(
            index=name,
            aliases={read_name(alias, library.vocabulary.vocabulary_id): {}},
            mappings=mapping(alias, library.vocabulary),
            settings={
                **SETTINGS,
                **sort_settings(alias),
                "refresh_interval": "30s",
                "requests.cache.enable": False,
            },
        )
    begun, written = time.monotonic(), 0
    for first in range(0, library.movies, BATCH):
        numbers = range(first, min(first + BATCH, library.movies))
        documents = [document for number in numbers for document in library.documents(number)]
        await written_whole(es, documents)
        written += len(documents)
        if first % 500 == 0:
            rate = written / (time.monotonic() - begun)
            print(f"{numbers[-1] + 1} movies, {rate:.0f} documents/s", flush=True)
    rate = written / (time.monotonic() - begun)
    await es.indices.refresh(index=",".join(names))
    await es.options(request_timeout=600).indices.forcemerge(
        index=",".join(names), max_num_segments=4
    )
    return rate


async def written_whole(es: AsyncElasticsearch, documents: Sequence[Document]) -> None:
    """Write; a server that has no memory left for it is given the time to find some."""
    for attempt in range(30):
        try:
            rejected = await write_bulk(es, documents)
        except TransientError:
            await asyncio.sleep(0.1 * (1 + attempt))
            continue
        assert not rejected, rejected[0]
        return
    raise TimeoutError("the server takes nothing")


@asynccontextmanager
async def serving(
    settings: Settings, vocabulary: Path
) -> AsyncIterator[tuple[str, psutil.Process]]:
    """The address and process of `movietag serve`, while it runs."""
    port = settings.port_base + 391
    environment = {
        **os.environ,
        "MOVIETAG_VOCABULARY": str(vocabulary),
        "MOVIETAG_WEB_PORT": str(port),
        "MOVIETAG_WEB_RATE": "100000",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "movietag.cli", "serve", env=environment
    )
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(600):
                try:
                    async with session.get(f"http://127.0.0.1:{port}/api/openapi.json"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.2)
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def one(session: aiohttp.ClientSession, call: Call, due: float, times: Times) -> None:
    """One call, timed from when it was due."""
    kind, path = call
    async with session.get(path) as answer:
        content = await answer.text()
    times.by_kind[kind].append(1000 * (time.monotonic() - due))
    if answer.status != 200:
        times.failed += 1
        times.first_failure = times.first_failure or f"{answer.status} {path} {content[:300]}"


async def open_loop(address: str, calls: Sequence[Call], per_second: float) -> Times:
    """The calls, each when it is due, from the clients in turn."""
    times = Times()
    sessions = [aiohttp.ClientSession(address) for _ in range(CLIENTS)]
    begun = time.monotonic() + 0.1
    tasks = []
    for n, call in enumerate(calls):
        due = begun + n / per_second
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(one(sessions[n % CLIENTS], call, due, times)))
    await asyncio.gather(*tasks)
    await asyncio.gather(*(session.close() for session in sessions))
    return times


async def closed_loop(address: str, calls: Sequence[Call]) -> float:
    """The calls a second when each client sends the next as soon as it has an answer."""
    left = list(calls)
    times = Times()

    async def client() -> None:
        async with aiohttp.ClientSession(address) as session:
            while left:
                await one(session, left.pop(), time.monotonic(), times)

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(calls) / (time.monotonic() - begun)


async def spent(es: AsyncElasticsearch, server: psutil.Process) -> tuple[float, float]:
    """Milliseconds of processor time that `movietag serve` and Elasticsearch have had."""
    (node,) = (await es.nodes.stats(metric="process"))["nodes"].values()
    ours = server.cpu_times()
    return 1000 * (ours.user + ours.system), node["process"]["cpu"]["total_in_millis"]


async def sizes(es: AsyncElasticsearch, vocabulary: Vocabulary) -> dict[str, int]:
    """Bytes a document, by index."""
    found = {}
    for alias in ALIASES:
        name = index_name(alias, vocabulary.vocabulary_id)
        stats = (await es.indices.stats(index=name))["indices"][name]["primaries"]
        found[alias] = round(stats["store"]["size_in_bytes"] / stats["docs"]["count"])
    return found


async def main(
    movies: int, images: int, seconds: float, per_second: float, before: int
) -> dict[str, Any]:
    """Fill, serve, call; the figures."""
    vocabulary = from_lines(f"benchmark-{movies}x{images}", load("mpst").tags)
    library = MadeLibrary(vocabulary, movies, images)
    drawn = Calls(vocabulary, movies, seed=11)
    async with connected(get_settings()) as es, AsyncExitStack() as stack:
        rate = await fill(es, library)
        bytes_each = await sizes(es, vocabulary)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        file = Path(folder) / f"{vocabulary.name}.txt"
        file.write_text("\n".join(vocabulary.tags), "utf-8")
        address, server = await stack.enter_async_context(serving(get_settings(), file))
        await open_loop(address, drawn.take(before), per_second)
        calls = drawn.take(round(per_second * seconds))
        spent_before = await spent(es, server)
        times = await open_loop(address, calls, per_second)
        ours, theirs = (
            round((now - then) / len(calls), 1)
            for now, then in zip(await spent(es, server), spent_before, strict=True)
        )
        closed = await closed_loop(address, drawn.take(600))
    for kind, found in times.by_kind.items():
        print(
            f"{kind:16} {len(found):5} calls, median {statistics.median(found):6.1f} ms,"
            f" p95 {times.percentile(95, kind):6.1f} ms, longest {max(found):6.1f} ms"
        )
    return {
        "movies": movies,
        "frames": movies * images,
        "calls": len(calls),
        "calls_per_s": per_second,
        "distinct": len(set(calls)),
        "failed": times.failed,
        "first_failure": times.first_failure,
        "p50_ms": times.percentile(50),
        "p95_ms": times.percentile(95),
        "p99_ms": times.percentile(99),
        "closed_loop_per_s": round(closed, 1),
        "cpu_ms_per_call": {"serve": ours, "elasticsearch": theirs},
        "documents_per_s": round(rate) if rate else None,
        "bytes_per_document": bytes_each,
        "load_1min": round(os.getloadavg()[0], 1),
    }


async def clean() -> None:
    """Remove what was written."""
    async with connected(get_settings()) as es:
        for alias in ALIASES:
            await es.indices.delete(index=f"{alias}-benchmark-*", allow_no_indices=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["clean"]:
        asyncio.run(clean())
    else:
        usual = [20_000, 50, 30, 40, WARM_UP]
        given = [float(text) for text in sys.argv[1:]] + usual[len(sys.argv) - 1 :]
        movies, images, seconds, per_second, before = given
        print(
            json.dumps(
                asyncio.run(main(int(movies), int(images), seconds, per_second, int(before)))
            )
        )
