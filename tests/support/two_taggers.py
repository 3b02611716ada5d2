"""Two models for a real Triton that say, each in its way, tags by the bytes of a picture.

This file is each model's ``model.py``, too: it runs in Triton's stub.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from support.stub_model import Answer, Question, StubModel, lay_out

TAGS = ("horror", "murder", "comedy", "romantic", "violence", "cult", "gothic")


def said(jpeg: bytes, name: str) -> str:
    """What a model says about a picture: two tags that its bytes and the model's name decide."""
    number = hashlib.sha256(name.encode() + jpeg).digest()[0]
    return f"This shows {TAGS[number % 7]} and {TAGS[number // 7 % 7]}."


def asked(context: bytes) -> str:
    """What a model is asked, by the tags that an earlier pass found."""
    return f"{', '.join(json.loads(context or b'{}').get('found', ()))}?"


def repository(folder: Path, *names: str) -> Path:
    """A model repository with these models."""
    for name in names:
        lay_out(folder, __file__, name, context=True)
    return folder


class TritonPythonModel(StubModel):
    """One of them."""

    def answer(self, question: Question) -> Answer:
        return Answer(said(question.image, self.name), asked(question.context))
