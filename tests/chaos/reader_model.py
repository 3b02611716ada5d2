"""A tagger that reads the number in a picture and says what the generator says of it.

It obeys orders.json in the folder ``model_path``: which tagger it calls itself, which frames it refuses,
whether it is busy or hangs. Runs in Triton's stub, beside ``pictures.py``.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from support.stub_model import Answer, ModelError, Question, StubModel, lay_out

from chaos.pictures import said, seen


class TritonPythonModel(StubModel):
    """See the module."""

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request as ordered."""
        path = Path(self.parameters["model_path"]) / "orders.json"
        self.orders = json.loads(path.read_text())
        time.sleep(6 if self.orders["mode"] == "hang" else self.orders["seconds"])
        return super().execute(requests)

    def answer(self, question: Question) -> Answer:
        if self.orders["mode"] == "refuse":
            raise ModelError("ordered to refuse", "UNAVAILABLE")
        tagger = self.orders["tagger"]
        if "CAPTION" not in question.wanted:
            return Answer(prompt="What is it?", tagger=tagger)
        frame = seen(question.image)
        if frame is None:  # the plain picture that tells the model's fault from a frame's
            return Answer("A picture without a number.", "What is it?", tagger)
        if list(frame) in self.orders["refused"]:
            raise ModelError(f"refused: {frame}")
        return Answer(said(*frame, tagger), "What is it?", tagger)


def reader(repository: Path) -> Path:
    """Put the model into a repository; `movietag up` says where its orders are, by the setting model_path."""
    return lay_out(
        repository,
        __file__,
        "reader",
        batch=32,
        more="dynamic_batching { max_queue_delay_microseconds: 5000 }",
        parameters={"model_path": ""},
        beside=("chaos/pictures.py",),
    )
