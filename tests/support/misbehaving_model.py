"""A model for a real Triton that does what the first word of the image says. Runs in Triton's stub."""

from __future__ import annotations

import os
import time
from pathlib import Path

from support.stub_model import Answer, ModelError, Question, StubModel, lay_out

MODEL = "misbehaving"


class TritonPythonModel(StubModel):
    """See the module."""

    def answer(self, question: Question) -> Answer | None:
        image = question.image
        match image.split()[:1]:
            case [b"refuse"]:
                raise ModelError("cannot identify image")
            case [b"fail"]:
                raise ModelError("CUDA out of memory", "INTERNAL")
            case [b"raise"]:
                raise ValueError("a bug in the model")
            case [b"die"]:
                os._exit(1)
            case [b"mute"]:
                return None
            case [b"sleep", *_]:
                time.sleep(float(image.split()[1]))
        if not image and question.wanted != {"TAGGER"}:
            raise ValueError("an empty image, and more asked for than TAGGER")
        return Answer(
            caption=f"{len(image)} bytes: '한국어'",
            prompt="x" * 20_001
            if image == b"long prompt"
            else f"USER: <image>{question.context.decode()}",
            tagger="mis behaving@1"
            if image == b"blank tagger"
            else self.parameters.get("tagger", ""),
            milliseconds=float("nan") if image == b"no time" else 12.5,
            finish="length" if image == b"long answer" else "stop",
            values=2 if image == b"twice" else 1,
        )


def misbehaving(
    repository: Path, name: str = MODEL, tagger: str = "", *, timed: bool = True
) -> Path:
    """Put the model into a repository; ``tagger`` is what it calls itself, if not its name.

    ``timed``: whether it says how long it took, as a captioner must.

    Eight requests may wait for it; further ones are refused.
    """
    queue = "dynamic_batching { default_queue_policy { max_queue_size: 8 } }"
    named = {"tagger": tagger} if tagger else {}
    return lay_out(
        repository,
        __file__,
        name,
        batch=4,
        context=True,
        finish=True,
        timed=timed,
        more=queue,
        parameters=named,
    )
