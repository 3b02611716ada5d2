"""A model that says which model_path its version was given; `broken` cannot be loaded."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

from movietag.captioning.triton.versions import with_own_parameters

CONFIG = """\
name: "versioned"
backend: "python"
max_batch_size: 8
version_policy { all { } }
input [ { name: "IMAGE" data_type: TYPE_STRING dims: [ 1 ] } ]
output [
  { name: "CAPTION" data_type: TYPE_STRING dims: [ 1 ] },
  { name: "PROMPT" data_type: TYPE_STRING dims: [ 1 ] },
  { name: "TAGGER" data_type: TYPE_STRING dims: [ 1 ] },
  { name: "MODEL_MS" data_type: TYPE_FP32 dims: [ 1 ] }
]
instance_group [ { count: 1 kind: KIND_CPU } ]
parameters { key: "model_path" value: { string_value: "" } }
parameters { key: "adapter_path" value: { string_value: "" } }
parameters { key: "do_pad" value: { string_value: "true" } }
parameters { key: "max_new_tokens" value: { string_value: "48" } }
"""


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        version = Path(args["model_repository"]) / args["model_version"]
        given = with_own_parameters(json.loads(args["model_config"]), version)["parameters"]
        self.path = Path(given["model_path"]["string_value"]).name
        if self.path == "broken":
            raise ValueError("this model is broken")
        self.tokens = given["max_new_tokens"]["string_value"]

    def execute(self, requests: Any) -> list[Any]:
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        image = pb_utils.get_input_tensor_by_name(request, "IMAGE").as_numpy().reshape(-1)[0]
        time.sleep(0.01 if image else 0)
        texts = {"CAPTION": image, "PROMPT": self.tokens, "TAGGER": f"versioned@{self.path}"}
        made = [
            pb_utils.Tensor(name, np.array([[text]], dtype=object)) for name, text in texts.items()
        ]
        time_taken = pb_utils.Tensor("MODEL_MS", np.array([[10.0]], dtype=np.float32))
        return pb_utils.InferenceResponse([*made, time_taken])
