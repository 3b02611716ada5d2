"""An S3 server over HTTP, moto's, in a thread of this process: it lists its requests, and fails when it is told to."""

from __future__ import annotations

import secrets
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import boto3
import pytest
import s3fs
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

Fault = Literal["none", "error", "slow-down", "forbidden", "undeletable", "reset", "hang", "cut"]
ERRORS: Mapping[str, tuple[str, str]] = {  # fault -> status and code
    "error": ("500 Internal Server Error", "InternalError"),
    "slow-down": ("503 Slow Down", "SlowDown"),
    "forbidden": ("403 Forbidden", "AccessDenied"),
    "undeletable": ("200 OK", "AccessDenied"),  # the answer to a request that deletes several
}
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class SilentHandler(MotoRequestHandler):
    """Prints no requests, and nothing of clients that hang up."""

    def log(self, *_: Any) -> None:
        pass

    def connection_dropped(self, *_: Any) -> None:
        self.close_connection = True


class S3Server:
    """An S3 server. ``faults`` are of the next requests, one each; ``always`` is of all others."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._server = make_server("127.0.0.1", 0, self, True, request_handler=SilentHandler)
        self._server.shutdown_request = (
            self._server.close_request
        )  # else it ends a reset connection politely
        self._closing = threading.Event()
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.requests: list[str] = []
        self.faults: list[Fault] = []
        self.always: Fault | None = None

    @property
    def counts(self) -> Counter[str]:
        """The requests since the last ``forget``, by kind."""
        return Counter(one.split()[0] for one in self.requests)

    def forget(self) -> None:
        """Forget the requests and faults so far."""
        self.requests, self.faults, self.always = [], [], None

    def bucket(self, *, versioned: bool = False) -> str:
        """Make a bucket."""
        name = f"bucket-{secrets.token_hex(4)}"
        client = boto3.client(
            "s3",
            endpoint_url=self.address,
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=name)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.forget()
        return name

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, or fail."""
        self.requests.append(_named(environ))
        fault = self.faults.pop(0) if self.faults else self.always
        if fault == "hang":
            self._closing.wait(60)
        if fault in {"reset", "hang"}:
            linger = struct.pack("ii", 1, 0)  # closed as by a crash
            environ["werkzeug.socket"].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            raise ConnectionResetError
        if fault in ERRORS:
            status, code = ERRORS[fault]
            body = f"<Error><Code>{code}</Code><Message>Later.</Message></Error>"
            if fault == "undeletable":
                body = f"<DeleteResult>{body}</DeleteResult>"
            start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body.encode()]
        answer = self._app(environ, start)
        return _cut(answer, environ["werkzeug.socket"]) if fault == "cut" else answer

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()


def _named(environ: dict[str, Any]) -> str:
    """A request as `GET bucket/key`, `LIST bucket?…`, `DELETE …`."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].strip("/")
    query = environ["QUERY_STRING"]
    if method == "GET" and "list-type=" in query:
        return f"LIST {path}?{query}"
    if method == "GET" and query.startswith("versioning"):
        return f"VERSIONING {path}"
    if method == "POST" and query.startswith("delete"):
        return f"DELETE {path}"
    return f"{method} {path}"


def _cut(answer: Iterable[bytes], connection: socket.socket) -> Iterator[bytes]:
    """Half of the body that was promised."""
    body = b"".join(answer)
    yield body[: len(body) // 2]
    connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server with nothing in it, and a client's environment (``AWS_ENDPOINT_URL`` and keys) for it."""
    server = S3Server(DomainDispatcherApplication(create_backend_app))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    s3fs.S3FileSystem.clear_instance_cache()  # keeps what was made with another environment
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": server.address}.items():
            patched.setenv(name, value)
        yield server
    server.close()
    thread.join()
    s3fs.S3FileSystem.clear_instance_cache()
