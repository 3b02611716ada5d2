"""Two models for a real Triton that say, each in its way, tags by the bytes of a picture.

This file is each model's ``model.py``, too: it runs in Triton's stub.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

CONFIG = """\
name: "{name}"
backend: "python"
max_batch_size: 8
input [
  {{ name: "IMAGE" data_type: TYPE_STRING dims: [1] }},
  {{ name: "CONTEXT" data_type: TYPE_STRING dims: [1] optional: true }}
]
output [
  {{ name: "CAPTION" data_type: TYPE_STRING dims: [1] }},
  {{ name: "PROMPT" data_type: TYPE_STRING dims: [1] }},
  {{ name: "TAGGER" data_type: TYPE_STRING dims: [1] }},
  {{ name: "MODEL_MS" data_type: TYPE_FP32 dims: [1] }}
]
instance_group [{{ kind: KIND_CPU }}]
"""
TAGS = ("horror", "murder", "comedy", "romantic", "violence", "cult", "gothic")


def said(jpeg: bytes, name: str) -> str:
    """What a model says about a picture: two tags that its bytes and the model's name decide."""
    number = hashlib.sha256(name.encode() + jpeg).digest()[0]
    return f"This shows {TAGS[number % 7]} and {TAGS[number // 7 % 7]}."


def asked(context: bytes) -> str:
    """What a model is asked, by the tags that an earlier pass found."""
    return f"{', '.join(json.loads(context).get('found', ()))}?"


def repository(folder: Path, *names: str) -> Path:
    """A model repository with these models."""
    for name in names:
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "config.pbtxt").write_text(CONFIG.format(name=name))
        (folder / name / "1" / "model.py").write_text(Path(__file__).read_text())
    return folder


class TritonPythonModel:
    """One of them."""

    def initialize(self, args: dict[str, str]) -> None:
        self.name = args["model_name"]

    def execute(self, requests: list[Any]) -> list[Any]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        import numpy as np
        import triton_python_backend_utils as pb

        images = pb.get_input_tensor_by_name(request, "IMAGE").as_numpy().reshape(-1)
        given = pb.get_input_tensor_by_name(request, "CONTEXT")
        contexts = given.as_numpy().reshape(-1) if given else [b"{}"] * len(images)
        columns = {
            "CAPTION": [said(bytes(image), self.name).encode() for image in images],
            "PROMPT": [asked(bytes(context)).encode() for context in contexts],
            "TAGGER": [f"{self.name}@1".encode()] * len(images),
        }
        outputs = [
            pb.Tensor(name, np.array([[text] for text in texts], dtype=np.object_))
            for name, texts in columns.items()
        ]
        outputs.append(pb.Tensor("MODEL_MS", np.ones((len(images), 1), np.float32)))
        return pb.InferenceResponse(outputs)
