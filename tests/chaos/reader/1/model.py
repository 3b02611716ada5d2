"""A tagger that reads the number in a picture and says what the generator says of it.

It obeys orders.json in the folder ``model_path``: which tagger it calls itself, which frames it refuses,
whether it is busy or hangs. Runs in Triton's stub, beside ``pictures.py``.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb
from pictures import said, seen


class TritonPythonModel:
    """See the module."""

    def initialize(self, args: dict[str, str]) -> None:
        """Find the orders."""
        given = json.loads(args["model_config"])["parameters"]
        self.path = Path(given["model_path"]["string_value"]) / "orders.json"

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request as ordered."""
        orders = json.loads(self.path.read_text())
        if orders["mode"] == "hang":
            time.sleep(6)
        else:
            time.sleep(orders["seconds"])
        return [self._answer(request, orders) for request in requests]

    def _answer(self, request: Any, orders: dict[str, Any]) -> Any:
        if orders["mode"] == "refuse":
            return pb.InferenceResponse(
                error=pb.TritonError("ordered to refuse", pb.TritonError.UNAVAILABLE)
            )
        image = pb.get_input_tensor_by_name(request, "IMAGE").as_numpy()[0, 0]
        wanted = set(request.requested_output_names())
        texts = {"PROMPT": "What is it?", "TAGGER": orders["tagger"]}
        if "CAPTION" in wanted:
            frame = seen(image)
            if frame is None or list(frame) in orders["refused"]:
                return pb.InferenceResponse(
                    error=pb.TritonError(f"refused: {frame}", pb.TritonError.INVALID_ARG)
                )
            texts["CAPTION"] = said(*frame, orders["tagger"])
        outputs = [
            pb.Tensor(name, np.array([[text.encode()]], dtype=np.object_))
            for name, text in texts.items()
            if name in wanted
        ]
        if "MODEL_MS" in wanted:
            outputs.append(pb.Tensor("MODEL_MS", np.array([[1.0]], np.float32)))
        return pb.InferenceResponse(outputs)
