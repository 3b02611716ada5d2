"""A model for a real Triton that repeats how an image begins, and waits while a file `shut` lies beside it.

Where the file holds an image, only that one waits. Runs in Triton's stub.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb

CONFIG = """\
backend: "python"
max_batch_size: 1
input [{ name: "IMAGE" data_type: TYPE_STRING dims: [1] }]
output [
  { name: "CAPTION" data_type: TYPE_STRING dims: [1] },
  { name: "PROMPT" data_type: TYPE_STRING dims: [1] },
  { name: "TAGGER" data_type: TYPE_STRING dims: [1] },
  { name: "MODEL_MS" data_type: TYPE_FP32 dims: [1] }
]
instance_group [{ kind: KIND_CPU count: 2 }]
"""
SHUT = Path(__file__).with_name("shut")


def waits(image: bytes) -> bool:
    """Whether the image is not to be answered now."""
    try:
        return SHUT.read_bytes() in (b"", image)
    except FileNotFoundError:
        return False


class TritonPythonModel:
    """See the module."""

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        image = pb.get_input_tensor_by_name(request, "IMAGE").as_numpy()[0, 0]
        while waits(image):
            time.sleep(0.02)
        if image.startswith(b"no picture"):
            error = pb.TritonError("cannot identify image", pb.TritonError.INVALID_ARG)
            return pb.InferenceResponse(error=error)
        wanted = set(request.requested_output_names())
        texts = {"CAPTION": b"I see " + image[:40], "PROMPT": b"Describe.", "TAGGER": b"contract@1"}
        outputs = [
            pb.Tensor(name, np.array([[text]], dtype=np.object_))
            for name, text in texts.items()
            if name in wanted
        ]
        if "MODEL_MS" in wanted:
            outputs.append(pb.Tensor("MODEL_MS", np.array([[1.0]], np.float32)))
        return pb.InferenceResponse(outputs)
