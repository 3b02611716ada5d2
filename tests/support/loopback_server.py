"""Web servers on loopback that stand in for real ones: those that hang up on them are the point."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar


class LoopbackServer(ThreadingHTTPServer):
    """A server on a port of its own; ``closing`` is set when it ends, for handlers that wait."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[BaseHTTPRequestHandler], address: str = "127.0.0.1") -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, 0), handler)
        self.closing = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are the point."""


class SilentHandler(BaseHTTPRequestHandler):
    """Keeps connections, and prints no requests."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass


S = TypeVar("S", bound=LoopbackServer)


@contextmanager
def answering(server: S) -> Iterator[S]:
    """The server, while it answers."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
