"""Triton's side of the tagger: requests in, responses out. The work is in movietag.captioning.engines."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import triton_python_backend_utils as pb_utils
from PIL.Image import Image

from movietag.captioning import CaptionFailed
from movietag.captioning.engines import ModelAnswer, make_engine
from movietag.captioning.parameters import with_environment
from movietag.captioning.serving_settings import read_settings
from movietag.captioning.triton.versions import with_own_parameters
from movietag.errors import MovietagError, PermanentError
from movietag.records import Context, decode

NEEDS_PICTURE = {"CAPTION", "FINISH", "MODEL_MS", "SCORED"}
Answered = tuple[Sequence[ModelAnswer | MovietagError], float]


class TritonPythonModel:
    """One loaded model; Triton calls ``execute`` with the requests of one batch."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the model and warm it up, so that the server is ready only when it is fast."""
        version = Path(args["model_repository"]) / args["model_version"]
        config = with_environment(json.loads(args["model_config"]), os.environ)
        config = with_own_parameters(config, version)
        self.engine = make_engine(read_settings(args["model_name"], config))
        try:
            self.engine.warm_up()
        except BaseException:
            self.engine.close()
            raise
        self.pool = ThreadPoolExecutor(self.engine.parallel)

    def finalize(self) -> None:
        """Free what the engine holds; Triton calls it when the model is unloaded."""
        self.pool.shutdown()
        self.engine.close()

    def execute(self, requests: Sequence[pb_utils.InferenceRequest]) -> list[object] | None:
        """Answer each request; a bad picture fails the request it came in, and no other.

        An engine that answers many frames in parallel gets the requests one by one, and each is answered when it is
        done: nothing is returned then, and Triton hands over the next batch immediately.
        """
        if self.engine.dead:
            return [_died() for _ in requests]
        asked = [_read(request) for request in requests]
        if self.engine.parallel == 1:
            return self._respond(asked)
        for one, request in zip(asked, requests, strict=True):
            sender = request.get_response_sender()
            if isinstance(one, Asked) and one.pictures:
                self.pool.submit(self._send, one, sender)
            else:  # it waits for no frame
                self._send(one, sender)
        return None

    def _send(
        self, asked: Asked | PermanentError, sender: pb_utils.InferenceResponseSender
    ) -> None:
        try:
            [response] = self._respond([asked])
        except Exception as error:  # noqa: BLE001  # whatever it is, the request must be answered
            response = _refusal(CaptionFailed(f"{type(error).__name__}: {error}"))
        sender.send(response, flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def _respond(self, asked: Sequence[Asked | PermanentError]) -> list[object]:
        wanted = [one for one in asked if isinstance(one, Asked)]
        decoded = self.engine.decode([data for one in wanted for data in one.pictures])
        contexts = [context for one in wanted for context in one.contexts if one.pictures]
        good = [
            (picture, context)
            for picture, context in zip(decoded, contexts, strict=True)
            if not isinstance(picture, PermanentError)
        ]
        answers, milliseconds = self._ask(good) if good else ([], 0.0)
        ready = iter(answers)
        results = iter([one if isinstance(one, PermanentError) else next(ready) for one in decoded])
        responses = []
        for one in asked:
            if isinstance(one, PermanentError):
                responses.append(_refusal(one))
            else:
                said = [next(results) for _ in one.pictures] or [ModelAnswer()] * len(one.contexts)
                responses.append(self._answer(said, one.contexts, milliseconds))
        return responses

    def _ask(self, good: Sequence[tuple[Image, Context]]) -> Answered:
        pictures, contexts = zip(*good, strict=True)
        return self.engine.answer(pictures, contexts)

    def _answer(
        self,
        results: Sequence[ModelAnswer | MovietagError],
        contexts: Sequence[Context],
        milliseconds: float,
    ) -> object:
        try:
            tagger = self.engine.tagger
        except MovietagError as error:  # an engine that has reached nobody yet does not know
            return _refusal(error)
        answers = []
        for result in results:
            if isinstance(result, MovietagError):
                return _refusal(result)
            answers.append(result)
        texts = {
            "CAPTION": [one.caption for one in answers],
            "SCORED": [one.scored for one in answers],
            "FINISH": [one.finish for one in answers],
            "PROMPT": [self.engine.prompt(context) for context in contexts],
            "TAGGER": [tagger] * len(contexts),
        }
        tensors = [
            pb_utils.Tensor(name, np.array([[text.encode()] for text in column], dtype=object))
            for name, column in texts.items()
        ]
        time = np.full((len(contexts), 1), milliseconds, dtype=np.float32)
        return pb_utils.InferenceResponse([*tensors, pb_utils.Tensor("MODEL_MS", time)])


class Asked(NamedTuple):
    """A request: what is known of the frame of each row, and the pictures when a caption is wanted."""

    contexts: list[Context]
    pictures: list[bytes]


def _read(request: pb_utils.InferenceRequest) -> Asked | PermanentError:
    pictures = _column(request, "IMAGE") or []
    known = _column(request, "CONTEXT") or [b""] * len(pictures)
    try:
        contexts = [decode(Context, one or b"{}") for one in known]
    except PermanentError as error:
        return error
    wanted = NEEDS_PICTURE & set(request.requested_output_names())
    return Asked(contexts, pictures if wanted else [])


def _column(request: pb_utils.InferenceRequest, name: str) -> list[bytes] | None:
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    return None if tensor is None else [bytes(one) for one in tensor.as_numpy().reshape(-1)]


def _died() -> object:
    """The error by whose beginning a client has the model loaded again, as after the death of this process itself."""
    text = "Stub process: the engine's own process has died, so the model must be loaded again."
    return pb_utils.InferenceResponse(
        error=pb_utils.TritonError(text, pb_utils.TritonError.INTERNAL)
    )


def _refusal(error: MovietagError) -> object:
    """An error by the status from which ``ServedModel.caption_error`` makes it again."""
    if isinstance(error, PermanentError):
        status = pb_utils.TritonError.INVALID_ARG
    elif isinstance(error, CaptionFailed):
        status = pb_utils.TritonError.INTERNAL
    else:
        status = pb_utils.TritonError.UNAVAILABLE
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(str(error), status))
