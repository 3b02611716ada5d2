"""Models of tests that run in a real Triton, of which each says only what it answers.

A model is a file with a ``TritonPythonModel`` made of ``StubModel``. ``lay_out`` puts it into a model
repository, and this file beside it: both are imported in Triton's stub, and in tests.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
INPUT = '  {{ name: "{}" data_type: TYPE_STRING dims: [1]{} }}'
FINISH = ',\n  { name: "FINISH" data_type: TYPE_STRING dims: [1] }'
TIME = ',\n  { name: "MODEL_MS" data_type: TYPE_FP32 dims: [1] }'
CONFIG = """\
name: "{name}"
backend: "python"
max_batch_size: {batch}
input [
{inputs}
]
output [
  {{ name: "CAPTION" data_type: TYPE_STRING dims: [1] }},
  {{ name: "PROMPT" data_type: TYPE_STRING dims: [1] }},
  {{ name: "TAGGER" data_type: TYPE_STRING dims: [1] }}{outputs}
]
instance_group [{{ kind: KIND_CPU count: {instances} }}]
{more}
"""


@dataclass(frozen=True)
class Question:
    """A request: an image (empty: none), what is known of it as JSON, and the outputs that are wanted."""

    image: bytes
    context: bytes
    wanted: frozenset[str]


@dataclass(frozen=True)
class Answer:
    """What a model says; ``tagger`` empty: its name, version 1. ``finish`` is said only where it is laid out so.

    ``values``: how many of each output.
    """

    caption: str | bytes = ""
    prompt: str = "Describe."
    tagger: str = ""
    milliseconds: float = 1.0
    finish: str = "stop"
    values: int = 1


class ModelError(Exception):
    """A request fails, with a code of Triton's: INVALID_ARG, INTERNAL, UNAVAILABLE."""

    def __init__(self, text: str, code: str = "INVALID_ARG") -> None:
        super().__init__(text)
        self.code = code


class StubModel:
    """Reads requests and writes responses, one by one; a subclass gives the answers."""

    def initialize(self, args: dict[str, str]) -> None:
        """Take the name, and the parameters of config.pbtxt."""
        self.name = args["model_name"]
        given = json.loads(args["model_config"]).get("parameters", {})
        self.parameters = {key: str(one["string_value"]) for key, one in given.items()}

    def answer(self, question: Question) -> Answer | None:
        """What is said; None: a response without outputs.

        Raises:
            ModelError: the request fails, and none beside it.
        """
        raise NotImplementedError

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request."""
        return [self._respond(request) for request in requests]

    def _respond(self, request: Any) -> Any:
        import triton_python_backend_utils as pb

        wanted = frozenset(request.requested_output_names())
        image, context = _given(request, "IMAGE"), _given(request, "CONTEXT")
        try:
            answer = self.answer(Question(image, context, wanted))
        except ModelError as error:
            code = getattr(pb.TritonError, error.code)
            return pb.InferenceResponse(error=pb.TritonError(str(error), code))
        return pb.InferenceResponse(self._outputs(answer, wanted) if answer else [])

    def _outputs(self, answer: Answer, wanted: frozenset[str]) -> list[Any]:
        import numpy as np
        import triton_python_backend_utils as pb

        caption, tagger = answer.caption, answer.tagger or f"{self.name}@1"
        texts = {
            "CAPTION": caption.encode() if isinstance(caption, str) else caption,
            "PROMPT": answer.prompt.encode(),
            "TAGGER": tagger.encode(),
            "FINISH": answer.finish.encode(),
        }
        columns = {name: np.array([[text]], dtype=np.object_) for name, text in texts.items()}
        columns["MODEL_MS"] = np.array([[answer.milliseconds]], dtype=np.float32)
        return [
            pb.Tensor(name, np.repeat(column, answer.values, axis=1))
            for name, column in columns.items()
            if name in wanted
        ]


def _given(request: Any, name: str) -> bytes:
    import triton_python_backend_utils as pb

    tensor = pb.get_input_tensor_by_name(request, name)
    return b"" if tensor is None else bytes(tensor.as_numpy().reshape(-1)[0])


def lay_out(
    repository: Path,
    model: str,
    name: str,
    *,
    batch: int = 8,
    context: bool = False,
    finish: bool = False,
    timed: bool = True,
    instances: int = 1,
    more: str = "",
    parameters: Mapping[str, str] | None = None,
    beside: tuple[str, ...] = (),
) -> Path:
    """Put a model into a model repository; returns the repository.

    Args:
        repository: made where it is not there.
        model: its file.
        name: under which Triton serves it.
        batch: how many requests Triton gives it at a time.
        context: whether it takes what is known of a frame.
        finish: whether it says why an answer ended; models of 0.1 do not.
        timed: whether it says how long it took, as a captioner must.
        instances: processes of it.
        more: further lines of config.pbtxt.
        parameters: of the model, each on its line, as ``movietag up`` replaces them.
        beside: further files that it imports, below tests/.
    """
    folder = repository / name
    (folder / "1").mkdir(parents=True)
    shutil.copy(model, folder / "1" / "model.py")
    for file in ("support/stub_model.py", *beside):
        there = folder / file  # Triton's stub looks for modules here, too
        there.parent.mkdir(exist_ok=True)
        shutil.copy(TESTS / file, there)
    inputs = [INPUT.format("IMAGE", "")]
    if context:
        inputs.append(INPUT.format("CONTEXT", " optional: true"))
    lines = [
        f'parameters {{ key: "{key}" value: {{ string_value: "{value}" }} }}'
        for key, value in (parameters or {}).items()
    ]
    config = CONFIG.format(
        name=name,
        batch=batch,
        inputs=",\n".join(inputs),
        outputs=(FINISH if finish else "") + (TIME if timed else ""),
        instances=instances,
        more="\n".join([more, *lines]),
    )
    (folder / "config.pbtxt").write_text(config)
    return repository
