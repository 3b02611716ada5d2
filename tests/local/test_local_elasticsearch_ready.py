"""A shard that Elasticsearch has given up is tried again by whoever asks whether the node is ready."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from movietag.search.embedded import RED, node_ports, node_ready
from movietag.settings import Settings
from movietag.settings.credentials import ADMINISTRATOR, STAGES_USER


class Node(BaseHTTPRequestHandler):
    """A node that is red until it is told to try again."""

    asked: list[tuple[str, str, str]]
    red = True

    def _answer(self, status: int) -> None:
        _, _, token = (self.headers["Authorization"] or "").partition(" ")
        user = base64.b64decode(token).decode().partition(":")[0]
        self.asked.append((self.command, user, self.path.partition("?")[0]))
        self.send_response(status)
        self.end_headers()

    def do_GET(self) -> None:
        self._answer(RED if type(self).red else 200)

    def do_POST(self) -> None:
        type(self).red = False
        self._answer(200)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def node(tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Settings]:
    Node.asked, Node.red = [], True
    settings = Settings(home=tmp_path, port_base=next(port_bases))
    with HTTPServer(("127.0.0.1", node_ports(settings.port_base)[0]), Node) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield settings
        server.shutdown()


def test_what_was_given_up_is_tried_again(node: Settings) -> None:
    assert not node_ready(node)
    assert node_ready(node)
    health, reroute = "/_cluster/health", "/_cluster/reroute"
    assert Node.asked == [
        ("GET", STAGES_USER, health),
        ("POST", ADMINISTRATOR, reroute),
        ("GET", STAGES_USER, health),
    ]


def test_a_node_that_is_not_there_is_not_ready(tmp_path: Path, port_bases: Iterator[int]) -> None:
    assert not node_ready(Settings(home=tmp_path, port_base=next(port_bases)))
