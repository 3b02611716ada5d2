"""One message to a receiver on loopback: which answers count, and which addresses are connected to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.loopback_server import LoopbackServer, SilentHandler, answering

from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.webhook.posting import NotTakenError, Receiver, receiver_of


class StatusServer(LoopbackServer):
    """Answers each POST with a status."""

    def __init__(self) -> None:
        super().__init__(Answering)
        self.status = 204
        self.posted: list[tuple[str, bytes]] = []


class Answering(SilentHandler):
    server: StatusServer

    def do_POST(self) -> None:  # noqa: N802  # http.server's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, body))
        self.send_response(self.server.status)
        self.send_header("Location", f"http://{self.server.host}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server() -> Iterator[StatusServer]:
    with answering(StatusServer()) as found:
        yield found


def to(url: str, *private: str) -> Receiver:
    return receiver_of(Settings(webhook_url=url, private_hosts=private))


async def test_a_message_that_is_taken(server: StatusServer) -> None:
    await to(f"http://{server.host}/hook?token=7", server.host).post(b"{}", {"webhook-id": "msg_1"})
    assert server.posted == [("/hook?token=7", b"{}")]


@pytest.mark.parametrize(
    ("status", "of_message"), [(400, True), (422, True), (401, False), (404, False), (503, False)]
)
async def test_another_answer_is_of_the_message_or_of_the_receiver(
    server: StatusServer, status: int, of_message: bool
) -> None:
    server.status = status
    with pytest.raises(NotTakenError, match=f"answered {status}") as refused:
        await to(f"http://{server.host}/hook?token=7", server.host).post(b"{}", {})
    assert refused.value.of_message is of_message
    assert "token" not in str(refused.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(server: StatusServer, status: int) -> None:
    server.status = status
    with pytest.raises(NotTakenError, match="redirects are not followed"):
        await to(f"http://{server.host}/hook", server.host).post(b"{}", {})
    assert len(server.posted) == 1


async def test_nobody_there() -> None:
    with pytest.raises(NotTakenError, match="cannot be reached"):
        await to("http://127.0.0.1:9/", "127.0.0.1:9").post(b"{}", {})


async def test_a_name_with_a_private_address_is_not_connected_to(server: StatusServer) -> None:
    port = server.server_port
    with pytest.raises(NotTakenError, match=f"add localhost:{port} to MOVIETAG_PRIVATE_HOSTS"):
        await to(f"https://localhost:{port}/").post(b"{}", {})
    assert not server.posted


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is not set"),
        ("ftp://films.example/", "not an http or https URL"),
        ("https:///path", "not an http or https URL"),
        ("https://[::1", "not a URL"),
        ("https://films.example:x/", "not a URL"),
        ("https://me:secret@films.example/", "user or password"),
        ("http://films.example/", "must be reached by https"),
        ("https://10.0.0.7/", "private address"),
        ("https://169.254.169.254/latest", "private address"),
        ("https://[::1]:8443/", "private address"),
        ("https://[::ffff:127.0.0.1]/", "private address"),
    ],
)
def test_what_is_no_receiver_is_refused(url: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        to(url)
    assert "secret" not in str(refused.value)
