"""Triton takes no HTTP, and no call without the key of the run."""

from __future__ import annotations

import socket
import stat
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from grpc.aio import AioRpcError
from pydantic import SecretStr
from tritonclient.grpc import InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from movietag.captioning.captioners import make_captioner
from movietag.captioning.triton.connection import connect
from movietag.errors import TransientError
from movietag.local import triton
from movietag.local.install import installed
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.settings.credentials import TRITON_KEY, read_secret, secrets_folder, triton_key
from movietag.settings.home import home_layout

CODE = b"class TritonPythonModel:\n    def execute(self, requests):\n        return []\n"
REFUSALS = (InferenceServerException, AioRpcError)  # of a stream the client lets gRPC's own out
CONFIG = '{"backend": "python", "input": [{"name": "A", "data_type": "TYPE_FP32", "dims": [1]}]}'


async def streamed(client: Any) -> None:
    async def asked() -> Any:
        yield {"model_name": "llava", "inputs": [given()], "outputs": wanted()}

    async for _, error in client.stream_infer(asked()):
        if error:
            raise error
        return


def given() -> InferInput:
    made = InferInput("IMAGE", [1, 1], "BYTES")
    made.set_data_from_numpy(np.array([[b""]], dtype=np.object_))
    return made


def wanted() -> list[InferRequestedOutput]:
    return [InferRequestedOutput("TAGGER")]


CALLS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "live": lambda client: client.is_server_live(),
    "ready": lambda client: client.is_server_ready(),
    "metadata": lambda client: client.get_model_metadata("llava"),
    "caption": lambda client: client.infer("llava", [given()], outputs=wanted()),
    "caption in a stream": streamed,
    "models": lambda client: client.get_model_repository_index(),
    "a model with its code": lambda client: client.load_model(
        "visitor", config=CONFIG, files={"file:1/model.py": CODE}
    ),
    "unload": lambda client: client.unload_model("llava"),
    "configuration": lambda client: client.get_model_config("llava"),
    "statistics": lambda client: client.get_inference_statistics(),
    "trace": lambda client: client.get_trace_settings(),
    "log": lambda client: client.update_log_settings({"log_info": True}),
    "memory": lambda client: client.get_system_shared_memory_status(),
    "register memory": lambda client: client.register_system_shared_memory("a", "/a", 8),
}


@pytest.mark.parametrize("key", ["", "wrong"])
@pytest.mark.parametrize("name", CALLS)
async def test_no_call_is_answered_without_the_key(stack: Stack, name: str, key: str) -> None:
    client = connect(stack.settings.triton_address, key)
    # A stream may be hung up on before all is sent; the client then says so instead of why.
    hung_up = "|execute_batch.*SendMessage" if name == "caption in a stream" else ""
    with pytest.raises(REFUSALS, match=f"protocol is restricted{hung_up}"):
        await CALLS[name](client)
    await client.close()


async def test_with_the_key_calls_are_answered(stack: Stack) -> None:
    client = connect(stack.settings.triton_address, triton_key(stack.settings))
    for name in ("live", "ready", "metadata", "caption", "caption in a stream", "models", "log"):
        await CALLS[name](client)
    await client.close()


async def test_who_has_another_key_is_told_which_setting_to_look_at(stack: Stack) -> None:
    there = stack.settings.triton_address
    captioner = make_captioner(Settings(triton=there, triton_key=SecretStr("other")))
    with pytest.raises(TransientError, match=r"another key than ours.*MOVIETAG_TRITON_KEY"):
        await captioner.tagger()
    await captioner.close()


def test_nobody_listens_for_http_and_the_metrics_stay(stack: Stack) -> None:
    base = stack.settings.port_base
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", base)) != 0
    metrics = stack.status().addresses.triton_metrics
    assert metrics
    with urllib.request.urlopen(metrics, timeout=10) as answer:
        assert b"nv_inference_request_success" in answer.read()
        assert answer.headers.get("Access-Control-Allow-Origin") is None
    load = f"{metrics.removesuffix('/metrics')}/v2/repository/models/visitor/load"
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(load, data=b"{}"), timeout=10)


def test_the_key_is_for_its_owner_alone(stack: Stack) -> None:
    folder = secrets_folder(stack.settings.home)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / TRITON_KEY).stat().st_mode) == 0o600


@pytest.mark.usefixtures("port_bases")
def test_each_run_has_a_key_of_its_own(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    models = tmp_path / "models"
    models.mkdir()
    where = home_layout(settings)
    keys = set()
    for _ in range(2):
        program = triton.prepare(installed(where.cache), where, settings, models)
        keys.add(read_secret(tmp_path, TRITON_KEY))
        assert any(read_secret(tmp_path, TRITON_KEY) in word for word in program.argv)
    assert len(keys) == 2
