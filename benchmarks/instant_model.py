"""A model for a real Triton that answers at once, with one of three tags by the image's size.

Runs in Triton's stub. ``repository`` lays out a model repository with it.
"""

from typing import Any

import numpy as np

CONFIG = """\
name: "instant"
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
TAGS = ("murder", "romantic", "western")


class TritonPythonModel:
    """See the module."""

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request, of one image or several."""
        import triton_python_backend_utils as pb  # noqa: PLC0415  # there in Triton's stub only

        responses = []
        for request in requests:
            images = pb.get_input_tensor_by_name(request, "IMAGE").as_numpy()[:, 0]
            captions = [f"A scene with tag data '{TAGS[len(image) % 3]}'" for image in images]
            values = {
                "CAPTION": [text.encode() for text in captions],
                "PROMPT": [b"USER: <image>"] * len(images),
                "TAGGER": [b"instant@1"] * len(images),
            }
            wanted = request.requested_output_names()
            outputs = [
                pb.Tensor(name, np.array(texts, dtype=np.object_).reshape(-1, 1))
                for name, texts in values.items()
                if name in wanted
            ]
            if "MODEL_MS" in wanted:
                outputs.append(pb.Tensor("MODEL_MS", np.zeros((len(images), 1), np.float32)))
            responses.append(pb.InferenceResponse(outputs))
        return responses
