"""The glue between Triton and the model, with Triton's module replaced by a small likeness."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from threading import Event
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tritonclient.utils import InferenceServerException

from movietag.captioning import CaptionFailed
from movietag.captioning.engines import ModelAnswer
from movietag.captioning.triton.served_model import has_died
from movietag.errors import MovietagError, PermanentError, TransientError
from movietag.records import Context

REPOSITORY = Path(__file__).parents[2] / "model_repository"


class Tensor:
    def __init__(self, name: str, values: np.ndarray[Any, Any]) -> None:
        self.name, self._values = name, values

    def as_numpy(self) -> np.ndarray[Any, Any]:
        return self._values


class TritonError(Exception):
    INVALID_ARG = "INVALID_ARG"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class InferenceResponse:
    def __init__(
        self, tensors: list[Tensor] | None = None, error: TritonError | None = None
    ) -> None:
        self.error = error
        self.values = {one.name: one.as_numpy() for one in tensors or []}

    def texts(self, name: str) -> list[str]:
        return [value.decode() for value in self.values[name].reshape(-1)]


class Request:
    def __init__(
        self, images: list[bytes], outputs: tuple[str, ...], known: list[bytes] | None = None
    ) -> None:
        self.inputs = {
            name: Tensor(name, np.array([[one] for one in column], dtype=object))
            for name, column in {"IMAGE": images, "CONTEXT": known}.items()
            if column is not None
        }
        self._outputs = outputs
        self.sent: Queue[InferenceResponse] = Queue()

    def requested_output_names(self) -> tuple[str, ...]:
        return self._outputs

    def get_response_sender(self) -> Request:
        return self

    def send(self, response: InferenceResponse, flags: int) -> None:
        assert flags == 1
        self.sent.put(response)


class LikeModel:
    """Says the size of each picture; remembers what it was asked."""

    @property
    def tagger(self) -> str:
        return "llava@0123456789ab"

    parallel = 1
    dead = False

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.titles: list[str] = []
        self.errors: dict[int, MovietagError] = {}

    def prompt(self, context: Context) -> str:
        return f"USER: what of {context.title or 'this'}?"

    def decode(self, data: list[bytes]) -> list[Image.Image | PermanentError]:
        return [
            Image.open(io.BytesIO(one)) if one else PermanentError("bad-image", "It is empty.")
            for one in data
        ]

    def answer(
        self, pictures: list[Image.Image], contexts: list[Context]
    ) -> tuple[list[ModelAnswer | MovietagError], float]:
        self.batches.append(len(pictures))
        self.titles += [one.title for one in contexts]
        said = [ModelAnswer(f"{one.width} wide", '{"wide":1}', "stop") for one in pictures]
        return [
            self.errors.get(one.width, answer) for one, answer in zip(pictures, said, strict=True)
        ], 12.5


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    likeness = ModuleType("triton_python_backend_utils")
    vars(likeness).update(
        Tensor=Tensor,
        TritonError=TritonError,
        InferenceResponse=InferenceResponse,
        InferenceRequest=Request,
        InferenceResponseSender=Request,
        TRITONSERVER_RESPONSE_COMPLETE_FINAL=1,
        get_input_tensor_by_name=lambda request, name: request.inputs.get(name),
    )
    monkeypatch.setitem(sys.modules, "triton_python_backend_utils", likeness)
    spec = importlib.util.spec_from_file_location("model", REPOSITORY / "llava/1/model.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.TritonPythonModel()
    made.engine = LikeModel()
    return made


def png(width: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, 2)).save(file, "PNG")
    return file.getvalue()


ALL = ("CAPTION", "PROMPT", "TAGGER", "MODEL_MS")


def test_each_request_gets_its_own_caption_of_one_batch(model: Any) -> None:
    responses = model.execute([Request([png(3)], ALL), Request([png(4), png(5)], ("CAPTION",))])
    assert [one.texts("CAPTION") for one in responses] == [["3 wide"], ["4 wide", "5 wide"]]
    assert model.engine.batches == [3]
    assert responses[0].texts("PROMPT") == ["USER: what of this?"]
    assert responses[0].texts("SCORED") == ['{"wide":1}']
    assert responses[0].texts("FINISH") == ["stop"]
    assert responses[0].values["MODEL_MS"].tolist() == [[12.5]]
    assert responses[0].values["MODEL_MS"].dtype == np.float32


def test_a_bad_picture_fails_alone(model: Any) -> None:
    responses = model.execute([Request([png(3)], ALL), Request([b""], ALL), Request([png(6)], ALL)])
    assert [one.error is None for one in responses] == [True, False, True]
    assert str(responses[1].error) == "It is empty."
    assert responses[1].error.code == "INVALID_ARG"
    assert responses[2].texts("CAPTION") == ["6 wide"]


def test_an_engines_error_fails_its_own_picture_with_the_status_that_says_whose_fault_it_is(
    model: Any,
) -> None:
    model.engine.errors = {
        3: PermanentError("bad-image", "Too small."),
        4: CaptionFailed("No memory."),
        5: TransientError("Busy."),
    }
    responses = model.execute([Request([png(width)], ALL) for width in (3, 4, 5, 6)])
    said = [(str(one.error), one.error.code) for one in responses[:3]]
    assert said == [
        ("Too small.", "INVALID_ARG"),
        ("No memory.", "INTERNAL"),
        ("Busy.", "UNAVAILABLE"),
    ]
    assert responses[3].texts("CAPTION") == ["6 wide"]


def test_only_bad_pictures_need_no_model(model: Any) -> None:
    (response,) = model.execute([Request([b""], ALL)])
    assert response.error is not None
    assert model.engine.batches == []


def test_what_is_known_of_a_frame_goes_with_its_picture(model: Any) -> None:
    heat, jaws = (b'{"title":"Heat"}', b'{"title":"Jaws"}')
    responses = model.execute(
        [Request([png(3), b""], ALL, [heat, heat]), Request([png(4)], ALL, [jaws])]
    )
    assert responses[0].error is not None
    assert responses[1].texts("PROMPT") == ["USER: what of Jaws?"]
    assert (responses[1].texts("CAPTION"), model.engine.titles) == (["4 wide"], ["Heat", "Jaws"])


def test_what_is_known_may_be_nothing_but_not_rubbish(model: Any) -> None:
    fine, bad = model.execute([Request([png(3)], ALL, [b""]), Request([png(4)], ALL, [b"{"])])
    assert fine.texts("CAPTION") == ["3 wide"]
    assert "Context" in str(bad.error)
    assert model.engine.batches == [1]


@pytest.mark.parametrize("outputs", [("TAGGER",), ("PROMPT", "TAGGER")])
def test_identity_is_answered_without_captioning(model: Any, outputs: tuple[str, ...]) -> None:
    (response,) = model.execute([Request([b""], outputs)])
    assert response.texts("TAGGER") == ["llava@0123456789ab"]
    assert model.engine.batches == []


def test_an_engine_that_does_not_know_its_tagger_yet_is_waited_for(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreached(LikeModel):
        @property
        def tagger(self) -> str:
            raise TransientError("No endpoint can be asked.")

    monkeypatch.setattr(model, "engine", Unreached())
    (response,) = model.execute([Request([b""], ("TAGGER",))])
    assert (str(response.error), response.error.code) == (
        "No endpoint can be asked.",
        "UNAVAILABLE",
    )


def test_requests_of_a_parallel_engine_are_answered_one_by_one(model: Any) -> None:
    released = Event()

    class Parallel(LikeModel):
        parallel = 2

        def answer(
            self, pictures: list[Image.Image], contexts: list[Context]
        ) -> tuple[list[ModelAnswer | MovietagError], float]:
            if pictures[0].width == 3:
                assert released.wait(60)
            if pictures[0].width == 4:
                raise ValueError("A fault of ours.")
            return super().answer(pictures, contexts)

    model.engine = Parallel()
    with ThreadPoolExecutor(2) as model.pool:
        waiting, broken, fine = (Request([png(width)], ALL) for width in (3, 4, 5))
        asked, bad = Request([b""], ("TAGGER",)), Request([png(6)], ALL, [b"{"])
        assert model.execute([waiting, broken, fine, asked, bad]) is None
        assert asked.sent.get(timeout=60).texts("TAGGER") == [model.engine.tagger]
        assert fine.sent.get(timeout=60).texts("CAPTION") == ["5 wide"]
        failed = broken.sent.get(timeout=60).error
        assert (str(failed), failed.code) == ("ValueError: A fault of ours.", "INTERNAL")
        assert "Context" in str(bad.sent.get(timeout=60).error)
        assert waiting.sent.empty()
        released.set()
        assert waiting.sent.get(timeout=60).texts("CAPTION") == ["3 wide"]
    assert model.engine.batches == [1, 1]


def test_a_client_has_a_model_whose_engine_died_loaded_again(model: Any) -> None:
    model.engine.dead = True
    responses = model.execute([Request([b""], ("TAGGER",)), Request([png(3)], ALL)])
    assert all(has_died(InferenceServerException(str(one.error))) for one in responses)
    assert [one.error.code for one in responses] == ["INTERNAL", "INTERNAL"]


def test_initialize_loads_and_warms_up(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Warm(LikeModel):
        def __init__(self, settings: Any) -> None:
            super().__init__()
            made.append(settings.name)

        def warm_up(self) -> None:
            made.append("warm")

    monkeypatch.setitem(type(model).initialize.__globals__, "make_engine", Warm)
    parameters = {
        key: {"string_value": value}
        for key, value in {
            "model_path": str(REPOSITORY),
            "adapter_path": "",
            "prompt": "What is it?",
            "vocabulary": "mpst",
            "max_new_tokens": "9",
            "do_pad": "true",
            "static_cache": "false",
            "image_options": "",
            "threads": "1",
        }.items()
    }
    config = {"max_batch_size": 4, "parameters": parameters}
    args = {"model_config": json.dumps(config), "model_name": "llava", "model_version": "1"}
    model.initialize({**args, "model_repository": str(REPOSITORY / "llava")})
    assert made == ["llava", "warm"]
