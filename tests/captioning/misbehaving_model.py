"""A model for a real Triton that does what the first word of the image says. Runs in Triton's stub."""

import os
import time
from typing import Any

import numpy as np
import triton_python_backend_utils as pb

CONFIG = """\
name: "misbehaving"
backend: "python"
max_batch_size: 4
input [
  { name: "IMAGE" data_type: TYPE_STRING dims: [1] },
  { name: "CONTEXT" data_type: TYPE_STRING dims: [1] optional: true }
]
output [
  { name: "CAPTION" data_type: TYPE_STRING dims: [1] },
  { name: "PROMPT" data_type: TYPE_STRING dims: [1] },
  { name: "TAGGER" data_type: TYPE_STRING dims: [1] },
  { name: "MODEL_MS" data_type: TYPE_FP32 dims: [1] }
]
instance_group [{ kind: KIND_CPU }]
dynamic_batching { default_queue_policy { max_queue_size: 8 } }
"""


ODD = {"blank tagger": {"TAGGER": "mis behaving@1"}, "long prompt": {"PROMPT": "x" * 20_001}}


class TritonPythonModel:
    """See the module."""

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        image = pb.get_input_tensor_by_name(request, "IMAGE").as_numpy()[0, 0]
        known = pb.get_input_tensor_by_name(request, "CONTEXT")
        match image.split()[:1]:
            case [b"refuse"]:
                error = pb.TritonError("cannot identify image", pb.TritonError.INVALID_ARG)
                return pb.InferenceResponse(error=error)
            case [b"fail"]:
                return pb.InferenceResponse(error=pb.TritonError("CUDA out of memory"))
            case [b"raise"]:
                raise ValueError("a bug in the model")
            case [b"die"]:
                os._exit(1)
            case [b"mute"]:
                return pb.InferenceResponse([])
            case [b"sleep", *_]:
                time.sleep(float(image.split()[1]))
        wanted = set(request.requested_output_names())
        if not image and wanted != {"TAGGER"}:
            raise ValueError("an empty image, and more asked for than TAGGER")
        odd = image.decode(errors="replace")
        texts = {
            "CAPTION": f"{len(image)} bytes: '한국어'",
            "PROMPT": f"USER: <image>{known.as_numpy()[0, 0].decode() if known else ''}",
            "TAGGER": "misbehaving@1",
        }
        texts |= ODD.get(odd, {})
        outputs = [
            pb.Tensor(name, np.array([[text.encode()]], dtype=np.object_))
            for name, text in texts.items()
            if name in wanted
        ]
        if "MODEL_MS" in wanted:
            outputs.append(
                pb.Tensor(
                    "MODEL_MS", np.array([[float("nan") if odd == "no time" else 12.5]], np.float32)
                )
            )
        return pb.InferenceResponse(outputs)
