"""The benchmarks of engines run anywhere with a tiny model."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks import gpu
from benchmarks.made_models import LLAVA_7B

pytestmark = pytest.mark.heavy


def test_a_line_for_each_engine_length_and_batch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["gpu", "--shape", "tiny", "--batches", "1", "2", "--tokens", "3"]
    monkeypatch.setattr(sys, "argv", argv)
    gpu.main()
    machine, *lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert machine["vllm"] == "not installed"
    measured = [line for line in lines if "batch" in line]
    assert [(line["engine"], line["tokens"], line["batch"]) for line in measured] == [
        ("transformers", 3, 1),
        ("transformers", 3, 2),
    ]
    assert all(line["frames/s"] > 0 and "failed" not in line for line in measured)
    (skipped,) = (line for line in lines if "skipped" in line)
    assert skipped["engine"] == "vllm"
    assert "needs vLLM" in skipped["skipped"]


def test_the_large_shape_is_that_of_llava_7b() -> None:
    width, inner = LLAVA_7B.width, LLAVA_7B.inner
    layer = 4 * width * width + 3 * width * inner
    assert 6.7e9 < LLAVA_7B.layers * layer + 2 * LLAVA_7B.words * width < 6.8e9
    assert (LLAVA_7B.side // LLAVA_7B.patch) ** 2 == 576  # tokens of a picture
