"""A model for a real Triton that looks at a frame as the shipped one does, and says what stands in it.

What follows ``SAY:`` behind the picture is its answer; ``LONG:n`` makes n characters of it. Runs in
Triton's stub.
"""

from typing import Any

import numpy as np
import triton_python_backend_utils as pb

from movietag.captioning.pictures import decode_picture
from movietag.errors import PermanentError

CONFIG = """\
name: "fuzz"
backend: "python"
max_batch_size: 32
input [{ name: "IMAGE" data_type: TYPE_STRING dims: [1] }]
output [
  { name: "CAPTION" data_type: TYPE_STRING dims: [1] },
  { name: "PROMPT" data_type: TYPE_STRING dims: [1] },
  { name: "TAGGER" data_type: TYPE_STRING dims: [1] },
  { name: "MODEL_MS" data_type: TYPE_FP32 dims: [1] }
]
instance_group [{ kind: KIND_CPU }]
dynamic_batching { }
"""


class TritonPythonModel:
    """See the module."""

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        wanted = set(request.requested_output_names())
        caption = b""
        if "CAPTION" in wanted:
            image = pb.get_input_tensor_by_name(request, "IMAGE").as_numpy()[0, 0]
            try:
                caption = _said(image)
            except PermanentError as error:
                told = pb.TritonError(error.reason, pb.TritonError.INVALID_ARG)
                return pb.InferenceResponse(error=told)
        texts = {"CAPTION": caption, "PROMPT": b"Describe.", "TAGGER": b"fuzz@1"}
        outputs = [
            pb.Tensor(name, np.array([[text]], dtype=np.object_))
            for name, text in texts.items()
            if name in wanted
        ]
        if "MODEL_MS" in wanted:
            outputs.append(pb.Tensor("MODEL_MS", np.array([[1.0]], np.float32)))
        return pb.InferenceResponse(outputs)


def _said(image: bytes) -> bytes:
    decode_picture(image)
    said = image.partition(b"SAY:")[2]
    if said.startswith(b"LONG:"):
        return b"horror " * (int(said[5:]) // 7 + 1)
    return said or b"nothing to tell"
