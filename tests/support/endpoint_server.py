"""A stand-in for an OpenAI-compatible endpoint on loopback, which answers, or misbehaves, as a test says."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from PIL import Image

from support.loopback_server import LoopbackServer, SilentHandler, answering


@dataclass(frozen=True)
class Reply:
    """What is sent: ``length`` announces another length than the body has; ``hang`` sends nothing at all, ``drip`` byte
    after byte but the last."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    hang: bool = False
    drip: bool = False


def said(content: object, finish: str | None = "stop", **message: object) -> Reply:
    """A completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}}
    return as_json({"choices": [{**choice, "finish_reason": finish}], "model": "m"})


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    return Reply(
        json.dumps(value).encode(), status, {k.replace("_", "-"): v for k, v in headers.items()}
    )


def refused(status: int, message: str = "no", **headers: str) -> Reply:
    return as_json({"error": {"message": message, "type": "x"}}, status, **headers)


def listed(*models: Mapping[str, object]) -> Reply:
    return as_json({"object": "list", "data": list(models)})


@dataclass(frozen=True)
class Chat:
    """A request for a completion."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    picture: Image.Image
    jpeg: bytes
    text: str


class EndpointServer(LoopbackServer):
    """Answers each picture with its width; ``chat`` and ``models`` may be exchanged at any time."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.asked: list[Chat] = []
        self.paths: list[str] = []
        self.chat: Callable[[Chat], Reply] = lambda chat: said(f"{chat.picture.width} wide")
        self.models = listed(
            {"id": "llava", "object": "model", "owned_by": "vllm", "root": "org/llava"}
        )
        self.tags = Reply(status=404)

    @property
    def base(self) -> str:
        return f"http://{self.host}/v1"


class _Handler(SilentHandler):
    server: EndpointServer

    def do_GET(self) -> None:  # noqa: N802
        self.server.paths.append(self.path)
        known = {"/v1/models": self.server.models, "/api/tags": self.server.tags}
        self._send(known.get(self.path, Reply(b"{}", 404)))

    def do_POST(self) -> None:  # noqa: N802
        self.server.paths.append(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        image, text = body["messages"][0]["content"]
        jpeg = base64.b64decode(image["image_url"]["url"].partition(",")[2])
        picture = Image.open(io.BytesIO(jpeg))
        chat = Chat(body, dict(self.headers), picture, jpeg, text["text"])
        self.server.asked.append(chat)
        self._send(self.server.chat(chat))

    def _send(self, reply: Reply) -> None:
        if reply.hang:
            self.server.closing.wait()
            return
        self.send_response_only(reply.status, HTTPStatus(reply.status).phrase)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        length = len(reply.body) if reply.length is None else reply.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if reply.drip:
            for byte in reply.body[:-1]:
                self.wfile.write(bytes([byte]))
                if self.server.closing.wait(0.05):
                    return
            self.server.closing.wait()
            return
        self.wfile.write(reply.body)
        if length != len(reply.body):
            self.close_connection = True


@contextmanager
def endpoint_server() -> Iterator[EndpointServer]:
    with answering(EndpointServer()) as server:
        yield server
