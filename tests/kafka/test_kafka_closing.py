"""Closing a connection to a Kafka that speaks TLS and never answers a close_notify."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from asyncio.constants import SSL_SHUTDOWN_TIMEOUT
from collections.abc import Callable, Iterator

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.metadata import MetadataRequest
from support.kafka_tls import HOST, Certificate, certificate

from movietag.kafka import patches
from movietag.kafka.clients import make_consumer
from movietag.settings import Settings

BRIEFLY = 0.3  # seconds; a longer wait proves no more
LOOPS = pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)

Connect = Callable[[], asyncio.Future[AIOKafkaConnection]]


def answer_once(listener: socket.socket, made: Certificate, over: threading.Event) -> None:
    """Say which requests are known, as a client asks first; then read nothing any more."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.server)
    accepted, _ = listener.accept()
    with context.wrap_socket(accepted, server_side=True) as client:
        (number,) = struct.unpack(">i", client.recv(4096)[8:12])
        known = ApiVersionResponse_v0(0, [(3, 0, 1), (18, 0, 0)]).encode()
        client.sendall(struct.pack(">ii", 4 + len(known), number) + known)
        over.wait()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def connect(made: Certificate) -> Iterator[Connect]:
    over = threading.Event()
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=answer_once, args=(listener, made, over), daemon=True).start()
        context = ssl.create_default_context(cafile=made.authority)
        options = {"security_protocol": "SSL", "ssl_context": context}
        yield lambda: asyncio.ensure_future(create_conn(HOST, listener.getsockname()[1], **options))
        over.set()


@LOOPS
def test_closing_waits_for_nobody_and_fails_what_was_asked(
    new_loop: Callable[[], asyncio.AbstractEventLoop], connect: Connect
) -> None:
    async def check() -> None:
        connection = await connect()
        asked = asyncio.ensure_future(connection.send(MetadataRequest([])))
        closed = connection.close()
        (answer,) = await asyncio.gather(asked, return_exceptions=True)
        assert isinstance(answer, KafkaConnectionError)
        await asyncio.wait({closed}, timeout=SSL_SHUTDOWN_TIMEOUT / 2)
        assert closed.done()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(check())


@LOOPS
def test_aiokafka_still_waits_for_the_brokers_close_notify(
    new_loop: Callable[[], asyncio.AbstractEventLoop], connect: Connect
) -> None:
    """When this fails, aiokafka or the loop has fixed it: ``close`` can go."""

    async def check() -> None:
        connection = await connect()
        transport = connection._writer.transport
        closed = patches._close(connection)
        await asyncio.wait({closed}, timeout=BRIEFLY)
        assert not closed.done()
        transport.abort()
        await closed

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(check())


async def test_a_consumer_that_cannot_start_is_closed() -> None:
    consumer = make_consumer(Settings(kafka="127.0.0.1:9"))
    with pytest.raises(KafkaError):
        async with consumer:
            pass
    assert consumer._closed
