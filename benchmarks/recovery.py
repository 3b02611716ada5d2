"""How long the count stage takes to go on after kill -9, with a ledger of many complete movies.

    python -m benchmarks.recovery [movies] [words]      # 250000 movies of 50 slots: 15 to 30 minutes, 4 GB of disk

On a Kafka of its own, in a temporary home. The changelog gets, by the stage's own code, the rows that
live writing leaves: a movie's facts in pages of about six, then its sealed page, then the deletions of
the pages, many movies interleaved; of these the broker has compacted what it has. ``words`` are words
of a caption beside its tags. Then the stage is started, killed with SIGKILL and started again at once,
as the supervisor does; the clock stops when the documents of a fact sent meanwhile are with the
broker. The last line is JSON: times in seconds, memory in MB; the
peak is of the start. ``file_mb`` is what the ledger's files hold.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from benchmarks.movies import facts_of, movie_id
from movietag import topics
from movietag.kafka.access import connection
from movietag.kafka.clients import make_admin, make_consumer, make_producer
from movietag.local.stack import Stack
from movietag.records import encode
from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from movietag.streams.ledger.pages import packed, page_key

PORT_BASE = 27400
INTERLEAVED = 200  # movies in work at a time
FACTS_A_PAGE = 6
VIDEOS, SLOTS = 5, 10
WORKER = "0123456789ab"

Row = tuple[int, bytes, bytes | None]


def rows(number: int, partitions: int, words: int) -> Iterator[Row]:
    """The rows that live writing leaves of one movie: pages, the sealed page, deletions."""
    movie = movie_id(number)
    partition = DefaultPartitioner()(movie.encode(), list(range(partitions)), [])
    facts = list(facts_of(number, VIDEOS, SLOTS, words))
    keys: list[bytes] = []
    for start in range(0, len(facts), FACTS_A_PAGE):
        for page in packed(facts[start : start + FACTS_A_PAGE]):
            keys.append(page_key(movie, WORKER, number * 100 + len(keys)))
            yield partition, keys[-1], page
    for page in packed(facts):
        yield partition, page_key(movie, WORKER, number * 100 + 99), page
    for key in keys:
        yield partition, key, None


def interleaved(movies: int, partitions: int, words: int) -> Iterator[Row]:
    """The rows of all movies, those of some at a time by turns."""
    draw, numbers = random.Random(7), iter(range(movies))
    active = [
        rows(number, partitions, words)
        for _, number in zip(range(INTERLEAVED), numbers, strict=False)
    ]
    while active:
        at = draw.randrange(len(active))
        row = next(active[at], None)
        if row is not None:
            yield row
        elif (number := next(numbers, None)) is not None:
            active[at] = rows(number, partitions, words)
        else:
            active.pop(at)


async def fill(settings: Settings, changelog: str, movies: int, words: int) -> tuple[int, int]:
    """Write the changelog; its rows and bytes."""
    count = size = 0
    async with AIOKafkaProducer(
        **connection(settings), acks="all", linger_ms=20, max_batch_size=1 << 20
    ) as producer:
        for partition, key, page in interleaved(movies, settings.kafka_partitions, words):
            await producer.send(changelog, page, key, partition)
            count, size = count + 1, size + len(key) + len(page or b"")
        await producer.flush()
    return count, size


class Stage:
    """The count stage as a process, its log in a file."""

    def __init__(self, settings: Settings) -> None:
        self.log = settings.home / "count.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "movietag.streams.count"],
                env=stack_environment(settings, settings.home),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.starts = self.log.read_text(errors="replace").count("Worker ready") + 1

    async def ready(self) -> None:
        """Wait until the stage has its partitions and its ledger."""
        while self.log.read_text(errors="replace").count("Worker ready") < self.starts:
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text(errors="replace")[-3000:])
            await asyncio.sleep(0.05)

    @property
    def resident_mb(self) -> float:
        """Memory of the process."""
        return round(psutil.Process(self.process.pid).memory_info().rss / 2**20, 1)

    @property
    def peak_mb(self) -> float:
        """The most memory that the process has had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return round(int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024, 1)

    @property
    def file_mb(self) -> float:
        """The ledger's files, which have no name any more."""
        opened = Path(f"/proc/{self.process.pid}/fd").iterdir()
        files = [file for file in opened if "/ledger-" in str(file.readlink())]
        return round(sum(file.stat().st_size for file in files) / 2**20, 1)

    @property
    def cpu_s(self) -> float:
        """The CPU time of the process."""
        return round(sum(psutil.Process(self.process.pid).cpu_times()[:2]), 1)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()


async def answered(settings: Settings, consumer: AIOKafkaConsumer, number: int) -> float:
    """Send a fact of a complete movie again; the time at which its documents come."""
    fact = list(facts_of(number, VIDEOS, SLOTS, 0))[-1].fact
    async with make_producer(settings) as producer:
        await producer.send_and_wait(topics.CAPTIONS.name, encode(fact), movie_id(number).encode())
    async for record in consumer:
        if movie_id(number).encode() in record.key:
            return time.perf_counter()
    raise RuntimeError("no document came")


async def changelog_of(settings: Settings) -> str:
    """The changelog of the count stage."""
    admin = make_admin(settings)
    await admin.start()
    names: list[str] = await admin.list_topics()
    await admin.close()
    return next(name for name in names if name.endswith("-facts-changelog"))


async def measure(settings: Settings, movies: int, words: int) -> dict[str, object]:
    """Fill, start, kill, start."""
    stage = Stage(settings)  # makes the topics
    await stage.ready()
    empty_mb = stage.resident_mb
    stage.kill()
    since = time.perf_counter()
    written, size = await fill(settings, await changelog_of(settings), movies, words)
    print(f"{written} rows, {size >> 20} MB in {time.perf_counter() - since:.0f} s", flush=True)
    async with make_consumer(settings, auto_offset_reset="latest") as consumer:
        numbers = range(settings.kafka_partitions)
        consumer.assign([TopicPartition(topics.DOCUMENTS.name, number) for number in numbers])
        await consumer.seek_to_end()
        stage = Stage(settings)
        await stage.ready()
        await answered(settings, consumer, 0)
        stage.kill()
        killed = time.perf_counter()
        stage = Stage(settings)
        ended = await answered(settings, consumer, 1)
        resident, peak, file_mb = stage.resident_mb, stage.peak_mb, stage.file_mb
        cpu = stage.cpu_s
        stage.kill()
    said = re.findall(r"ledger: (\d+) rows read in ([\d.]+) s", stage.log.read_text())[-1]
    return {
        "movies": movies,
        "slots": VIDEOS * SLOTS,
        "rows_written": written,
        "mb_written": size >> 20,
        "rows_read": int(said[0]),
        "read_s": float(said[1]),
        "kill_to_first_event_s": round(ended - killed, 2),
        "start_cpu_s": cpu,
        "empty_mb": empty_mb,
        "resident_mb": resident,
        "peak_mb": peak,
        "file_mb": file_mb,
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Run with the arguments of the command line."""
    given = [int(text) for text in sys.argv[1:]]
    movies, words = given + [250_000, 0][len(given) :]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        stack = Stack(Settings(home=Path(folder) / "home", port_base=PORT_BASE))
        try:
            stack.start(only=("kafka",))
            print(json.dumps(asyncio.run(measure(stack.settings, movies, words))))
        finally:
            stack.down()


if __name__ == "__main__":
    main()
