"""Captions per second through Triton, and the demo model's F1 on the way: frames of unseen movies.

    python benchmarks/captioning.py --seconds 10      # the embedded Triton (`movietag up`), or MOVIETAG_TRITON

The frames are drawn, encoded and sampled first; then each concurrency runs for so many seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from movietag.captioning import Captioner
from movietag.captioning.captioners import make_captioner
from movietag.drawn.heldout import held_out_film, sampled_frames
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.research.demo_model.scoring import micro_f1
from movietag.settings import Settings, get_settings
from movietag.vocabulary import load

FILMS = (951, 952, 953)
Frames = list[tuple[bytes, frozenset[str]]]


def draw() -> Frames:
    """JPEGs of held-out movies with their true tags."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            frame for seed in FILMS for frame in sampled_frames(held_out_film(seed), Path(folder))
        ]


async def throughput(
    captioner: Captioner, jpegs: list[bytes], concurrency: int, seconds: float
) -> float:
    """Images a second with ``concurrency`` requests in flight all the time."""
    supply = itertools.cycle(jpegs)
    end = time.monotonic() + seconds
    done = 0

    async def worker() -> None:
        nonlocal done
        while time.monotonic() < end:
            await captioner.caption(next(supply))
            done += 1

    start = time.monotonic()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return done / (time.monotonic() - start)


async def measure(chosen: Settings, seconds: float, levels: list[int]) -> dict[str, object]:
    """F1 over all frames once, then the throughput at each concurrency."""
    frames = draw()
    captioner = make_captioner(chosen)
    vocabulary = load("mpst")
    limit = asyncio.Semaphore(32)

    async def tags(jpeg: bytes) -> frozenset[str]:
        async with limit:
            return vocabulary.match((await captioner.caption(jpeg)).caption)

    found = await asyncio.gather(*(tags(jpeg) for jpeg, _ in frames))
    f1 = micro_f1(
        np.array([[tag in said for tag in DRAWN_TAGS] for said in found]),
        np.array([[tag in true for tag in DRAWN_TAGS] for _, true in frames]),
    )
    jpegs = [jpeg for jpeg, _ in frames]
    rates = {}
    for level in levels:
        rates[str(level)] = round(await throughput(captioner, jpegs, level, seconds), 1)
        print(f"concurrency {level:3}: {rates[str(level)]} images/s")
    tagger = await captioner.tagger()
    await captioner.close()
    return {
        "benchmark": "captioning",
        "tagger": tagger,
        "frames": len(frames),
        "f1": round(f1, 4),
        "images_per_second": rates,
    }


def main() -> None:
    """Measure, and print one JSON line last."""
    parser = argparse.ArgumentParser(description="Captions per second through Triton.")
    parser.add_argument("--address", help="Triton's gRPC address; default: that of the settings")
    parser.add_argument("--model", help="default: that of the settings")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 8, 32, 64])
    given = parser.parse_args()
    said = {"triton": given.address, "model": given.model}
    chosen = get_settings().model_copy(update={name: one for name, one in said.items() if one})
    print(json.dumps(asyncio.run(measure(chosen, given.seconds, given.concurrency))))


if __name__ == "__main__":
    main()
