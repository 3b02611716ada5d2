"""A model for a real Triton that repeats how an image begins, and waits while a file `shut` lies beside it.

Where the file holds an image, only that one waits. Runs in Triton's stub.
"""

from __future__ import annotations

import time
from pathlib import Path

from support.stub_model import Answer, ModelError, Question, StubModel

SHUT = Path(__file__).with_name("shut")


def waits(image: bytes) -> bool:
    """Whether the image is not to be answered now."""
    try:
        return SHUT.read_bytes() in (b"", image)
    except FileNotFoundError:
        return False


class TritonPythonModel(StubModel):
    """See the module."""

    def answer(self, question: Question) -> Answer:
        image = question.image
        while waits(image):
            time.sleep(0.02)
        if image.startswith(b"no picture"):
            raise ModelError("cannot identify image")
        return Answer(b"I see " + image[:40], tagger="contract@1")
