"""How long `movietag retag` takes, and whether searches are answered meanwhile.

    python -m benchmarks.retag [captions] [vocabulary]      # 100000 captions, mpst-aliases: 2 minutes

On a Kafka and an Elasticsearch of its own, in a temporary home. The facts of made-up movies (5 videos of 10
frames) are put on the captions topic, several movies interleaved, and counted with `mpst` (in bulk: that is
the quickest). Then the command itself runs, while a thread searches without a pause, as `movietag search` does, and asks the alias
too; an answer without the movie that is known to be there is a failure. The last line is JSON: ``retag_s``
is the whole command, ``cpu_s`` what it, the servers and the stages used of all cores meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

import psutil
from aiokafka import AIOKafkaProducer

from benchmarks.movies import facts_of
from movietag import topics
from movietag.kafka.access import connection
from movietag.kafka.catching_up import wait_until_caught_up
from movietag.kafka.epochs import count_group
from movietag.kafka.lag import INDEX_GROUP
from movietag.local.leftovers import processes_of
from movietag.local.stack import Stack
from movietag.records import Placed, encode
from movietag.search.ranking import MovieSearch
from movietag.search.reader import reader
from movietag.settings import Settings, load_settings
from movietag.settings.environment import stack_environment
from movietag.vocabulary import load

PORT_BASE = 28_400
VIDEOS, SLOTS, WORDS = 5, 10, 8
INTERLEAVED = 20  # movies at a time, as live writing has them
PARTS = ("kafka", "elasticsearch", "count", "index")
TAG = "horror"  # in the vocabularies before and after


def facts(captions: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of the captions topic: those of several movies at a time by turns."""
    draw, numbers = random.Random(7), iter(range(captions // (VIDEOS * SLOTS)))
    active: list[Iterator[Placed]] = [iter(()) for _ in range(INTERLEAVED)]
    while active:
        at = draw.randrange(len(active))
        placed = next(active[at], None)
        if placed is not None:
            yield placed.fact.movie_id.encode(), encode(placed.fact)
        elif (number := next(numbers, None)) is not None:
            active[at] = facts_of(number, VIDEOS, SLOTS, WORDS)
        else:
            active.pop(at)


async def fill(settings: Settings, captions: int) -> int:
    """Put the facts on their topic; how many there are."""
    sent = 0
    async with AIOKafkaProducer(
        **connection(settings), acks="all", linger_ms=20, max_batch_size=1 << 20
    ) as producer:
        for key, value in facts(captions):
            await producer.send(topics.CAPTIONS.name, value, key)
            sent += 1
        await producer.flush()
    return sent


async def counted(settings: Settings) -> None:
    """Wait until all is counted with the settings' vocabulary, and written."""

    def silent(what: str, done: int, total: int) -> None:
        """Nobody watches."""

    group = count_group(load(settings.vocabulary).vocabulary_id, 0)
    await wait_until_caught_up(settings, "count", group, topics.CAPTIONS, silent)
    await wait_until_caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, silent)


class Searcher:
    """Searches without a pause, each time with what stands then; keeps what went wrong."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.failures: list[str] = []
        self.vocabularies: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Search as long as the block runs."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            since = time.perf_counter()
            try:
                asyncio.run(self._search())
            except Exception as error:  # noqa: BLE001  # whatever it is, it is a failure to be told
                self.failures.append(repr(error))
            self.seconds.append(time.perf_counter() - since)

    async def _search(self) -> None:
        async with reader(load_settings()) as library:
            found = await library.movies(MovieSearch(library.parse(TAG)))
            alias = await library.es.search(
                index="movie_tags", query={"term": {"tag": TAG}}, size=1, track_total_hits=True
            )
        vocabulary = library.vocabulary.vocabulary_id
        if vocabulary not in self.vocabularies:
            self.vocabularies.append(vocabulary)
        if not found.total or not alias["hits"]["total"]["value"]:
            self.failures.append(f"nothing found with {vocabulary}")


class Used:
    """CPU time of the stack's processes over a block, of those too that end or begin meanwhile."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._first: dict[psutil.Process, float] = {}
        self._last: dict[psutil.Process, float] = {}
        self._stop = threading.Event()

    @property
    def seconds(self) -> float:
        """Of all cores, up to half a second too little for each process that has ended."""
        return sum(self._last.values()) - sum(self._first.values())

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure as long as the block runs."""
        self._look()
        self._first = dict(self._last)
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            self._look()

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self._look()

    def _look(self) -> None:
        for process in processes_of(self._home):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                self._last[process] = times.user + times.system


def measure(stack: Stack, captions: int, vocabulary: str) -> dict[str, object]:
    """Fill, count, retag."""
    settings = stack.settings
    since = time.perf_counter()
    sent = asyncio.run(fill(settings, captions))
    print(f"{sent:,} facts in {time.perf_counter() - since:.0f} s", flush=True)
    environment = stack_environment(settings, settings.home)
    count = [sys.executable, "-m", "movietag.streams.recount.backfill"]
    subprocess.run(count, env=environment, check=True, stdout=subprocess.DEVNULL)
    stack.start(only=("count", "index"))
    asyncio.run(counted(settings))
    print(f"counted after {time.perf_counter() - since:.0f} s", flush=True)
    searcher, used = Searcher(), Used(settings.home)
    with patch.dict(os.environ, environment), used.measured(), searcher.searching():
        since = time.perf_counter()
        command = [sys.executable, "-m", "movietag.cli", "retag", "--json"]
        subprocess.run([*command, "--vocabulary", vocabulary], env=environment, check=True)
        seconds = time.perf_counter() - since
    return {
        "captions": captions,
        "movies": captions // (VIDEOS * SLOTS),
        "tags": len(load(vocabulary).tags),
        "retag_s": round(seconds, 1),
        "cpu_s": round(used.seconds, 1),
        "searches": len(searcher.seconds),
        "failures": len(searcher.failures),
        "worst_search_s": round(max(searcher.seconds), 2),
        "vocabularies": searcher.vocabularies,
        "first_failures": searcher.failures[:3],
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Run with the arguments of the command line."""
    captions = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    vocabulary = sys.argv[2] if len(sys.argv) > 2 else "mpst-aliases"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        stack = Stack(Settings(home=Path(folder) / "home", port_base=PORT_BASE))
        try:
            stack.start(only=PARTS)
            stack.stop("count", "index")  # they have made the topics and indices
            print(json.dumps(measure(stack, captions, vocabulary)))
        finally:
            stack.down()


if __name__ == "__main__":
    main()
