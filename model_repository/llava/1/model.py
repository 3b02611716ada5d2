"""Triton's side of the tagger: requests in, responses out. The work is in movietag.captioning.serving."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import triton_python_backend_utils as pb_utils

from movietag.captioning.serving import Captioner, read_settings
from movietag.errors import PermanentError

NEEDS_PICTURE = {"CAPTION", "MODEL_MS"}


class TritonPythonModel:
    """One loaded model; Triton calls ``execute`` with the requests of one batch."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the model and warm it up, so that the server is ready only when it is fast."""
        config = json.loads(args["model_config"])
        self.captioner = Captioner(read_settings(args["model_name"], config))
        self.captioner.warm_up()

    def execute(self, requests: Sequence[pb_utils.InferenceRequest]) -> list[object]:
        """Answer each request; a bad picture fails the request it came in, and no other."""
        asked = [
            _pictures(request) if NEEDS_PICTURE & set(request.requested_output_names()) else None
            for request in requests
        ]
        decoded = self.captioner.decode([one for data in asked for one in data or ()])
        good = [picture for picture in decoded if not isinstance(picture, PermanentError)]
        captions, milliseconds = self.captioner.caption(good) if good else ([], 0.0)
        ready = iter(captions)
        results = iter([one if isinstance(one, PermanentError) else next(ready) for one in decoded])
        responses = []
        for request, data in zip(requests, asked, strict=True):
            if data is None:
                rows = pb_utils.get_input_tensor_by_name(request, "IMAGE").as_numpy().shape[0]
                responses.append(self._response([""] * rows, 0.0))
            else:
                responses.append(self._answer([next(results) for _ in data], milliseconds))
        return responses

    def _answer(self, results: list[str | PermanentError], milliseconds: float) -> object:
        for result in results:
            if isinstance(result, PermanentError):
                error = pb_utils.TritonError(result.reason, pb_utils.TritonError.INVALID_ARG)
                return pb_utils.InferenceResponse(error=error)
        return self._response([str(result) for result in results], milliseconds)

    def _response(self, captions: list[str], milliseconds: float) -> object:
        rows = len(captions)
        texts = {
            "CAPTION": captions,
            "PROMPT": [self.captioner.prompt] * rows,
            "TAGGER": [self.captioner.tagger] * rows,
        }
        tensors = [
            pb_utils.Tensor(name, np.array([[text.encode()] for text in column], dtype=object))
            for name, column in texts.items()
        ]
        time = np.full((rows, 1), milliseconds, dtype=np.float32)
        return pb_utils.InferenceResponse([*tensors, pb_utils.Tensor("MODEL_MS", time)])


def _pictures(request: pb_utils.InferenceRequest) -> list[bytes]:
    tensor = pb_utils.get_input_tensor_by_name(request, "IMAGE").as_numpy()
    return [bytes(one) for one in tensor.reshape(-1)]
