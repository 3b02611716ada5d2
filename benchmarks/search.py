"""How long searches take through the REST API, and what they cost, over a made-up library of any size.

    python -m benchmarks.search [movies] [images a movie] [seconds] [calls a second] [calls before] [--busy]

Needs an Elasticsearch (`MOVIETAG_ELASTICSEARCH_COMPILER=c2 movietag up`, or MOVIETAG_ELASTICSEARCH). The library (20,000 movies of 50 images:
1,000,000 frames) is written to indices of its own, with the request cache off, which are kept for the next run
of the same size and removed by `python -m benchmarks.search clean`. For as long as it takes, these are what every
`movietag serve` and `search` of this Elasticsearch searches. Then `movietag serve` gets 40 calls a
second (or as many as said) from 8 clients, whether or not earlier ones are answered (open loop), of 12 kinds,
no two alike; a time is from when the call was due to the last byte of its answer. `--busy`: while they are timed, another
process keeps one core busy.

The processor time that a call takes says what a machine that others load cannot. It is compared with that of the same
calls as queries written by hand (``bare_queries``): in rounds, the same calls both ways at the same rate, one way first
in even rounds and the other in odd ones, so that both find the same machine and the same caches. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from elasticsearch import AsyncElasticsearch

from benchmarks.bare_queries import BareQueries
from benchmarks.made_calls import KINDS, Call, Calls
from benchmarks.made_index import clean, fill, searched, sizes
from benchmarks.made_library import MadeLibrary
from benchmarks.made_load import Send, closed_loop, open_loop, rest_clients
from movietag.search.client import connected
from movietag.search.reader import reader_with
from movietag.settings import Settings, get_settings
from movietag.vocabulary import from_lines, load

STATS_SECONDS = 1.1  # Elasticsearch reports statistics that are up to a second old
WARM_UP = 2000  # calls before: Java compiles beside the searches
ROUNDS = 6  # of the comparison, which has as many calls as are timed


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


@contextmanager
def one_core_busy(*, wanted: bool) -> Iterator[None]:
    """Another process that computes until the block ends, if wanted."""
    if not wanted:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


async def spent(es: AsyncElasticsearch, server: psutil.Process) -> tuple[float, float]:
    """Milliseconds of processor time that `movietag serve` and Elasticsearch have had."""
    await asyncio.sleep(STATS_SECONDS)
    (node,) = (await es.nodes.stats(metric="process"))["nodes"].values()
    ours = server.cpu_times()
    return 1000 * (ours.user + ours.system), node["process"]["cpu"]["total_in_millis"]


async def compared(
    es: AsyncElasticsearch,
    server: psutil.Process,
    ways: dict[str, Send],
    rounds: Sequence[Sequence[Call]],
    per_second: float,
) -> dict[str, float]:
    """Milliseconds of Elasticsearch's processor time a call, by way: each sends the calls of all rounds."""
    total = dict.fromkeys(ways, 0.0)
    for number, calls in enumerate(rounds):
        for way in sorted(ways, reverse=bool(number % 2)):
            _, before = await spent(es, server)
            times = await open_loop(ways[way], calls, per_second)
            assert not times.failed, times.first_failure
            total[way] += (await spent(es, server))[1] - before
    number_of_calls = sum(map(len, rounds))
    return {way: ms / number_of_calls for way, ms in total.items()}


async def main(
    movies: int, images: int, seconds: float, per_second: float, before: int, *, busy: bool
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
        await stack.enter_async_context(searched(es, vocabulary))
        address, server = await stack.enter_async_context(serving(get_settings(), file))
        send = await stack.enter_async_context(rest_clients(address))
        lifts = await reader_with(es, get_settings(), vocabulary).lifts()
        bare = BareQueries(es, vocabulary.vocabulary_id, lifts)
        warm = await open_loop(send, drawn.take(before), per_second)
        assert not warm.failed, warm.first_failure
        await open_loop(bare.send, drawn.take(before // 4), per_second)
        calls = drawn.take(round(per_second * seconds))
        spent_before = await spent(es, server)
        with one_core_busy(wanted=busy):
            times = await open_loop(send, calls, per_second)
        ours, theirs = (
            round((now - then) / len(calls), 1)
            for now, then in zip(await spent(es, server), spent_before, strict=True)
        )
        closed = await closed_loop(send, drawn.take(600))
        each = max(1, len(calls) // (ROUNDS * len(KINDS)))  # of a kind in a round
        rounds = [drawn.take(each * len(KINDS)) for _ in range(ROUNDS)]
        cost = await compared(es, server, {"bare": bare.send, "rest": send}, rounds, per_second)
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
        "one_core_busy": busy,
        "p50_ms": times.percentile(50),
        "p95_ms": times.percentile(95),
        "p99_ms": times.percentile(99),
        "closed_loop_per_s": round(closed, 1),
        "cpu_ms_per_call": {"serve": ours, "elasticsearch": theirs},
        "elasticsearch_cpu_ms_per_call": {way: round(ms, 2) for way, ms in cost.items()},
        "elasticsearch_against_bare": round(cost["rest"] / cost["bare"], 2),
        "documents_per_s": round(rate) if rate else None,
        "bytes_per_document": bytes_each,
        "load_1min": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=(__doc__ or "").splitlines()[2].strip())
    for name, usual in {
        "movies": 20_000,
        "images": 50,
        "seconds": 30.0,
        "per_second": 40.0,
        "before": WARM_UP,
    }.items():
        parser.add_argument(name, type=type(usual), default=usual, nargs="?")
    parser.add_argument("--busy", action="store_true")
    if sys.argv[1:] == ["clean"]:
        asyncio.run(clean())
    else:
        print(json.dumps(asyncio.run(main(**vars(parser.parse_args())))))
