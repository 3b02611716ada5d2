"""Memory of every stage while Triton is away and many frames want in; then whether all goes on.

    python -m benchmarks.backpressure [--minutes 20] [--frames 100000] [--limit-mb 2048] [--plot FILE]

A stack of its own in a temporary home, all five stages, a model that answers at once. Titles of 500
pictures each (JPEGs of at least 30 KB, decoded, scaled and compressed again by the real fetch stage) are
planned; then Triton is stopped for the minutes given, and started again. The run ends when every movie
is complete in Elasticsearch with all its frames. Memory is sampled every second. The last line is JSON;
with ``--plot`` the run is drawn as an SVG.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
from aiokafka import TopicPartition

from benchmarks import instant_model
from benchmarks.plot import Panel, svg
from benchmarks.samples import Samples
from movietag import topics
from movietag.kafka.clients import make_consumer, make_producer
from movietag.local.stack import Stack
from movietag.search.client import connected
from movietag.settings import Settings

PORT_BASE = 27400
SLOTS = 500  # of a movie
LEAST_BYTES = 30_000  # of a frame
LIMIT_MB = 300  # of a stage process


def draw_pictures(folder: Path) -> None:
    """As many pictures as a movie has slots, each unlike the others, with much detail."""
    folder.mkdir()
    draw = np.random.default_rng(1)
    for number in range(SLOTS):
        coarse = draw.integers(40, 216, (9, 16, 3), dtype=np.uint8)
        smooth = cv2.resize(coarse, (640, 360), interpolation=cv2.INTER_CUBIC).astype(np.int16)
        noise = draw.integers(-7, 8, (360, 640, 1), dtype=np.int16)
        picture = np.clip(smooth + noise, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:03}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])


def lay_out_model(repository: Path) -> Path:
    """A model repository with the instant model."""
    version = repository / "instant" / "1"
    version.mkdir(parents=True)
    (repository / "instant" / "config.pbtxt").write_text(instant_model.CONFIG)
    (version / "model.py").write_text(Path(instant_model.__file__).read_text())
    return repository


async def ends(settings: Settings, topic: str) -> int:
    """How many messages a topic has had."""
    async with make_consumer(settings) as consumer:
        places = [TopicPartition(topic, number) for number in range(settings.kafka_partitions)]
        return sum((await consumer.end_offsets(places)).values())


async def until_there(settings: Settings, topic: str, wanted: int) -> None:
    """Wait until a topic has had so many messages."""
    while await ends(settings, topic) < wanted:  # noqa: ASYNC110  # it is in Kafka
        await asyncio.sleep(1)


async def complete(settings: Settings) -> tuple[int, int]:
    """The movies that are complete in Elasticsearch, and their images."""
    async with connected(settings) as es:
        answer = await es.search(
            index="movies",
            size=0,
            track_total_hits=True,
            query={"term": {"status": "complete"}},
            aggs={"images": {"sum": {"field": "images"}}},
        )
    return answer["hits"]["total"]["value"], int(answer["aggregations"]["images"]["value"])


async def send_titles(settings: Settings, folder: Path, count: int) -> None:
    """One title a movie, all of the same pictures."""
    async with make_producer(settings) as producer:
        for number in range(count):
            title = {"title": f"Made Up {number}", "year": 1999, "images": [str(folder)]}
            await producer.send_and_wait(topics.TITLES.name, json.dumps(title).encode())


async def run(stack: Stack, folder: Path, movies: int, minutes: float) -> dict[str, object]:
    """Send titles, take Triton away, give it back, wait until all is complete."""
    settings, samples = stack.settings, Samples(stack)
    beside = [asyncio.create_task(samples.take()), asyncio.create_task(samples.backlog.watch())]
    try:
        await send_titles(settings, folder, movies)
        await until_there(settings, topics.VIDEOS.name, movies)  # planned
        await asyncio.to_thread(stack.stop, "triton")
        away = samples.now
        print(f"{movies} movies planned, Triton away at {away:.0f} s", flush=True)
        await asyncio.sleep(minutes * 60)
        fetched = await ends(settings, topics.FRAMES.name)
        peak = max(value for _, value in samples.waiting)
        back = samples.now
        await asyncio.to_thread(lambda: stack.start(only=("triton",)))
        print(f"{fetched} frames fetched, {peak:.0f} MB wait; Triton back", flush=True)
        while (found := await complete(settings)) != (movies, movies * SLOTS):
            print(f"{samples.now:5.0f} s: {found[0]} movies, {found[1]} images", flush=True)
            await asyncio.sleep(5)
        ended = samples.now
        await asyncio.sleep(5)
    finally:
        for task in beside:
            task.cancel()
    peaks = {name: max(value for _, value in line) for name, line in samples.memory.items()}
    return {
        "frames": movies * SLOTS,
        "minutes_away": minutes,
        "limit_mb": settings.backlog_bytes >> 20,
        "backlog_peak_mb": max(value for _, value in samples.waiting),
        "fetched_while_away": fetched,
        "paused": peak > 0.9 * settings.backlog_bytes / 2**20,
        "resident_peak_mb": peaks,
        "all_below_300_mb": max(peaks.values()) < LIMIT_MB,
        "drained_s": round(ended - back, 1),
        "images": movies * SLOTS,
        "load": round(os.getloadavg()[0], 1),
        "_plot": _plot(samples, (away, back), f"{movies * SLOTS:,} frames want in"),
    }


def _plot(samples: Samples, away: tuple[float, float], what: str) -> str:
    limit = samples.backlog._limit / 2**20
    return svg(
        f"Back-pressure: {what}, Triton is away for {(away[1] - away[0]) / 60:.0f} minutes",
        [
            Panel("Resident memory of each stage process, MB", samples.memory, LIMIT_MB),
            Panel("Frames that wait for captions, MB", {"backlog": samples.waiting}, limit),
        ],
        (*away, "Triton away"),
    )


def main() -> None:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--limit-mb", type=int, default=2048)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "root").mkdir()
        draw_pictures(folder / "root" / "pictures")
        settings = Settings(
            home=folder / "home",
            port_base=PORT_BASE,
            roots=(folder / "root",),
            model="instant",
            videos=1,
            slots=SLOTS,
            movie_slots=SLOTS,
            duplicate_bits=-1,
            drop_cards=False,
            backlog_bytes=given.limit_mb << 20,
        )
        stack = Stack(settings, model_repository=lay_out_model(folder / "models"))
        try:
            stack.start()
            movies = -(-given.frames // SLOTS)
            result = asyncio.run(run(stack, folder / "root" / "pictures", movies, given.minutes))
        finally:
            stack.down()
    plot = str(result.pop("_plot"))
    if given.plot:
        given.plot.write_text(plot)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
