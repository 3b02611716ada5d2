"""A service that misbehaves as the real ones do: what is tried again, what is not, and that nothing takes long."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import zlib
from email.utils import formatdate

import pytest
from standin_catalogue import PAGE, CatalogueHandler, Fault, StandInCatalogue

from movietag.catalogue import service as module
from movietag.catalogue.door import Door
from movietag.catalogue.errors import CatalogueError, UnknownIdError
from movietag.catalogue.service import JsonService, retry_after
from movietag.catalogue.tree import Tree

pytestmark = pytest.mark.heavy  # it waits for a service that hangs

GOOD = {"answer": "yes"}


class Times:
    """A clock that goes on by what is slept, and the pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def made(standin: StandInCatalogue, times: Times) -> JsonService:
    door = Door(standin.url, allowed=frozenset({standin.host}))
    return JsonService(door, {}, 0.0, clock=lambda: times.now, sleep=times.sleep)


async def asked(service: JsonService, seconds: float = 15) -> Tree:
    async with service.connected(seconds) as ask:
        return await ask("/x", {"q": "a"})


def status(code: int, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(PAGE, status=code, headers=named)


def good(handler: CatalogueHandler) -> None:
    handler.json(GOOD)


def cut_off(handler: CatalogueHandler) -> None:
    handler.send(b'{"answer": "y', length=1000)
    handler.close_connection = True


def cut_gzip(handler: CatalogueHandler) -> None:
    packed = gzip.compress(b'{"answer": "yes"}' * 1000)
    handler.send(packed[:-20], headers={"Content-Encoding": "gzip"})


def hung_up(handler: CatalogueHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def bad_chunks(handler: CatalogueHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")


def no_http(handler: CatalogueHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n" * 3)


def long_header(handler: CatalogueHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")


@pytest.mark.parametrize(
    "fault",
    [
        *(status(code) for code in (500, 502, 503, 504)),
        status(429, Retry_After="1"),
        *(cut_off, cut_gzip, hung_up, bad_chunks, no_http, long_header),
    ],
)
async def test_what_time_heals_is_asked_again_twice(
    standin: StandInCatalogue, fault: Fault
) -> None:
    times = Times()
    standin.faults = [fault, fault, good]
    assert (await asked(made(standin, times)))["answer"].text == "yes"
    assert len(standin.asked) == 3
    assert 1 <= len(times.pauses) <= 2  # aiohttp itself asks again where a connection was hung up
    standin.faults = [fault] * 9
    with pytest.raises(CatalogueError) as error:
        await asked(made(standin, Times()))
    assert error.value.of_service
    assert len(standin.asked) <= 9


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (status(401), "refused"),
        (status(403), "refused"),
        (status(302, Location="http://127.0.0.1:9/"), "redirect"),
        (status(301, Location="http://169.254.169.254/latest/meta-data"), "redirect"),
        (status(418), "changed"),
        (status(200), "changed"),  # a page
        (lambda handler: handler.send(b""), "changed"),
        (lambda handler: handler.send(b'{"a": "\xff"}'), "changed"),
        (lambda handler: handler.send(b"[" * 100_000), "changed"),
        (lambda handler: handler.send(b"x", headers={"Content-Encoding": "br"}), "changed"),
        (lambda handler: handler.send(b"{}", headers={"Content-Encoding": "gzip"}), "changed"),
    ],
)
async def test_what_no_repetition_helps_is_asked_once(
    standin: StandInCatalogue, fault: Fault, kind: str
) -> None:
    standin.faults = [fault, good]
    with pytest.raises(CatalogueError) as error:
        await asked(made(standin, Times()))
    assert error.value.kind == kind
    assert error.value.of_service == (kind != "changed")
    assert len(standin.asked) == 1


async def test_a_404_is_an_answer(standin: StandInCatalogue) -> None:
    standin.faults = [status(404)]
    with pytest.raises(UnknownIdError):
        await asked(made(standin, Times()))


async def test_the_pause_that_is_asked_for_is_kept(standin: StandInCatalogue) -> None:
    times = Times()
    standin.faults = [status(429, Retry_After="7"), good]
    await asked(made(standin, times))
    assert times.pauses == [7]


@pytest.mark.parametrize("as_date", [False, True])
async def test_a_pause_that_is_too_long_ends_the_lookup_at_once(
    standin: StandInCatalogue, *, as_date: bool
) -> None:
    times = Times()
    pause = formatdate(time.time() + 3600, usegmt=True) if as_date else "3600"
    standin.faults = [status(503, Retry_After=pause), good]
    with pytest.raises(CatalogueError) as error:
        await asked(made(standin, times))
    assert error.value.pause == pytest.approx(3600, abs=5)
    assert times.pauses == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("soon", 0),
        ("-5", 0),
        ("1e9", 0),
        ("9" * 400, 86_400),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("\u0665", 5),
    ],
)
def test_a_header_of_any_kind_gives_a_pause(header: str, seconds: float) -> None:
    assert retry_after(header) == seconds


def bomb(handler: CatalogueHandler) -> None:
    """40 MB of blanks in 40 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(40)) + packer.flush()
    handler.send(packed, headers={"Content-Encoding": "gzip"})


def endless(handler: CatalogueHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not handler.server.closing.is_set():
        handler.wfile.write(b" " * (1 << 16))


@pytest.mark.parametrize("fault", [bomb, endless])
async def test_an_answer_without_end_is_left(standin: StandInCatalogue, fault: Fault) -> None:
    standin.faults = [fault]
    with pytest.raises(CatalogueError) as error:
        await asked(made(standin, Times()))
    assert (error.value.kind, error.value.of_service) == ("too-large", False)


def silent(handler: CatalogueHandler) -> None:
    handler.server.closing.wait(60)


def trickling(handler: CatalogueHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not handler.server.closing.wait(0.02):
        handler.wfile.write(b" ")


@pytest.mark.parametrize("fault", [silent, trickling])
async def test_a_service_that_does_not_finish_is_left(
    standin: StandInCatalogue, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REQUEST_SECONDS", 0.1)
    standin.always = fault
    began = time.monotonic()
    with pytest.raises(CatalogueError) as error:
        await asked(made(standin, Times()))
    assert error.value.kind == "slow"
    assert time.monotonic() - began < 5


async def test_all_tries_together_end_with_the_lookup(standin: StandInCatalogue) -> None:
    standin.always = status(500)
    service = JsonService(
        Door(standin.url, allowed=frozenset({standin.host})), {}, 0.0, sleep=asyncio.sleep
    )
    began = time.monotonic()
    with pytest.raises(CatalogueError):
        await asked(service, seconds=0.5)
    assert time.monotonic() - began < 1


async def test_a_server_that_is_down_is_a_network_failure_without_its_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    door = Door(f"http://127.0.0.1:{port}", allowed=frozenset({f"127.0.0.1:{port}"}))
    times = Times()
    service = JsonService(
        door,
        {},
        0.0,
        parameters={"api_key": "secret"},
        clock=lambda: times.now,
        sleep=times.sleep,
    )
    with pytest.raises(CatalogueError) as error:
        await asked(service)
    assert error.value.kind == "network"
    assert "secret" not in error.value.reason


async def test_requests_are_apart_and_one_at_a_time(standin: StandInCatalogue) -> None:
    times = Times()
    service = made(standin, times)
    service.interval = 1.0
    standin.always = good
    async with service.connected(15) as ask:
        for _ in range(3):
            await ask("/x", {})
    assert times.pauses == [1, 1]


async def test_a_name_with_a_private_address_is_not_connected_to(standin: StandInCatalogue) -> None:
    service = JsonService(Door(f"http://localhost:{standin.server_port}"), {}, 0.0)
    with pytest.raises(CatalogueError) as error:
        await asked(service)
    assert error.value.kind == "forbidden-address"
    assert standin.asked == []


async def test_it_goes_through_a_proxy(standin: StandInCatalogue) -> None:
    door = Door("http://films.example", proxy=standin.url, allowed=frozenset({standin.host}))
    standin.always = good
    assert (await asked(JsonService(door, {}, 0.0)))["answer"].text == "yes"
    assert standin.headers[0]["Host"] == "films.example"
