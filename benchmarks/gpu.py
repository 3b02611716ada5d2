"""Frames a second of LLaVA-1.5-7B on a GPU, by engine, batch and length of the caption; weights are random.

    python -m benchmarks.gpu                                    # a GPU of 40 GB or more, 10 minutes
    python -m benchmarks.gpu --shape tiny --batches 1 4 --tokens 4 --engines transformers    # anywhere, in seconds

The model is made in the published shape, so nothing is downloaded; random weights take as long as trained ones, and every
caption is as long as allowed, unless a JSON line says otherwise (`ended`). Pictures are all different. An engine that is not
installed is a line that says so.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from benchmarks.made_models import LLAVA_7B, TINY, make_llava, plain_settings
from movietag.captioning.engines import Engine, ModelAnswer, make_engine
from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import MovietagError

SHAPES: Final = {"7b": LLAVA_7B, "tiny": TINY}
BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128)
REPEATS: Final = 3
"""Runs of a batch; the fastest counts, for the first ones compile."""


def pictures(count: int, seed: int, side: int) -> list[Image.Image]:
    """Noise: no cache knows it."""
    noise = np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    return [Image.fromarray(one) for one in noise]


def settings(model: Path, engine: str, tokens: int, most: int) -> ServingSettings:
    """As served by an engine."""
    options = {"max_num_seqs": most, "max_model_len": 1024} if engine == "vllm" else {}
    return replace(plain_settings(model, tokens, most), engine=engine, engine_options=options)


def rates(engine: Engine, batches: Sequence[int], side: int) -> Iterator[dict[str, object]]:
    """For each batch its size, the milliseconds of the fastest run, frames a second, and what went otherwise."""
    for batch in batches:
        best, ended, failed = float("inf"), 0, ""
        for repeat in range(REPEATS):
            shown = pictures(batch, 1000 * batch + repeat, side)
            start = time.perf_counter()
            answers, _ = engine.answer(shown)
            best = min(best, time.perf_counter() - start)
            ended += sum(isinstance(one, ModelAnswer) and one.finish == "stop" for one in answers)
            failed = next((str(one) for one in answers if isinstance(one, MovietagError)), failed)
        line: dict[str, object] = {
            "batch": batch,
            "ms": round(best * 1000, 1),
            "frames/s": round(batch / best, 2),
            "ended": ended,
        }
        yield line | ({"failed": failed} if failed else {})


def measure(model: Path, given: argparse.Namespace, until: float) -> Iterator[dict[str, object]]:
    """A line for each engine, length and batch, as long as there is time."""
    torch: Any = import_module("torch")
    cuda = torch.cuda.is_available()
    side = SHAPES[given.shape].side
    for engine in given.engines:
        for tokens in given.tokens:
            about = {"engine": engine, "tokens": tokens, "shape": given.shape}
            if time.monotonic() > until:
                yield about | {"skipped": "out of time"}
                continue
            start = time.monotonic()
            try:
                loaded = make_engine(settings(model, engine, tokens, max(given.batches)))
            except MovietagError as error:
                yield about | {"skipped": str(error)}
                continue
            yield about | {"loaded in s": round(time.monotonic() - start, 1)}
            try:
                for line in rates(loaded, given.batches, side):
                    yield about | line
                    if time.monotonic() > until:
                        break
            except torch.OutOfMemoryError as error:
                yield about | {"failed": str(error).partition("\n")[0]}
            loaded.close()
            del loaded
            gc.collect()
            if cuda:
                torch.cuda.empty_cache()


def main() -> None:
    """Make the model and print JSON lines, the first about the machine."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shape", choices=SHAPES, default="7b")
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES))
    parser.add_argument("--tokens", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--engines", nargs="+", default=["transformers", "vllm"])
    parser.add_argument("--minutes", type=float, default=10)
    given = parser.parse_args()
    until = time.monotonic() + 60 * given.minutes
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")  # its lines would stand among the results
    torch: Any = import_module("torch")
    cuda = torch.cuda.is_available()
    versions = {name: _version(name) for name in ("torch", "transformers", "vllm")}
    machine = torch.cuda.get_device_name() if cuda else "CPU"
    print(json.dumps({"device": machine, **versions}), flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch) / "llava"
        device, dtype = ("cuda", "bfloat16") if cuda else ("cpu", "float32")
        make_llava(SHAPES[given.shape], model, device=device, dtype=dtype)
        gc.collect()
        if cuda:
            torch.cuda.empty_cache()
        for line in measure(model, given, until):
            print(json.dumps(line), flush=True)


def _version(name: str) -> str:
    try:
        return str(import_module(name).__version__)
    except ImportError:
        return "not installed"


if __name__ == "__main__":
    main()
