"""From a document to whoever listens, on real Kafka and Elasticsearch: the stream of events, and a webhook."""

from __future__ import annotations

import asyncio
import base64
import hmac
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx
import msgspec
import pytest
from support import sample_movies
from support.children import end_with_parent
from support.commands import until
from support.loopback_server import LoopbackServer, SilentHandler, answering
from support.patience import patience
from support.serve_process import serving
from support.stage_processes import running

from movietag import topics
from movietag.documents import MOVIES
from movietag.kafka.clients import create_topics, make_producer
from movietag.local.stack import Stack
from movietag.records import Document, encode
from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from movietag.vocabulary import load
from movietag.webhook.signing import signing_key

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver(LoopbackServer):
    """Answers 503 to the first two tries of each event of this run, then takes it; those of others at once."""

    def __init__(self, run: str) -> None:
        super().__init__(Receiving)
        self.run = run
        self.tries: dict[str, int] = {}
        self.taken: list[dict[str, object]] = []

    def answer(self, message_id: str, body: bytes) -> int:
        event = msgspec.json.decode(body)
        if event["subject"].endswith(self.run):
            self.tries[message_id] = self.tries.get(message_id, 0) + 1
            if self.tries[message_id] < 3:
                return 503
            self.taken.append(event)
        return 204

    def subjects(self) -> list[object]:
        return [one["subject"] for one in self.taken]


class Receiving(SilentHandler):
    server: Receiver

    def do_POST(self) -> None:  # noqa: N802  # http.server's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message_id, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        right = hmac.digest(signing_key(SECRET), f"{message_id}.{at}.".encode() + body, "sha256")
        good = self.headers["webhook-signature"] == f"v1,{base64.b64encode(right).decode()}"
        self.send_response(self.server.answer(message_id, body) if good else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def webhook(settings: Settings, receiver: Receiver) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | stack_environment(settings, settings.home)
    environment |= {
        "MOVIETAG_WEBHOOK_URL": f"http://{receiver.host}/hook",
        "MOVIETAG_WEBHOOK_SECRET": SECRET,
        "MOVIETAG_PRIVATE_HOSTS": receiver.host,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "movietag.cli", "webhook"],
        env=environment,
        preexec_fn=end_with_parent,  # noqa: PLW1509  # one call of libc
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(patience(20))


def complete(movie_id: str) -> Document:
    body = msgspec.structs.replace(
        sample_movies.movie_body(sample_movies.SAMPLES[0], load("mpst")), movie_id=movie_id
    )
    made = sample_movies.document(MOVIES, f"{movie_id}~{body.tagger}", body, load("mpst"))
    return msgspec.structs.replace(made, change="complete")


@pytest.mark.timeout(300)
async def test_each_event_reaches_a_receiver_that_fails_at_first_and_a_client_that_listens(
    kafka: Stack,
    embedded_search: Stack,
) -> None:
    assert kafka.settings == embedded_search.settings  # one home
    settings, run = kafka.settings, secrets.token_hex(4)
    first, second = f"first-{run}", f"second-{run}"
    await create_topics(settings)
    with answering(Receiver(run)) as receiver:
        async with make_producer(settings) as producer:

            async def send(movie_id: str) -> None:
                one = complete(movie_id)
                await producer.send_and_wait(topics.DOCUMENTS.name, encode(one), key=one.key)

            with running("index", settings) as stage:
                await stage.works()
                await send(first)
                with webhook(settings, receiver) as process:
                    await until(_true(lambda: bool(receiver.tries)), 60)
                    process.kill()  # between its tries: nothing is committed
                assert first not in receiver.subjects()
                with serving(settings, MOVIETAG_KAFKA=settings.kafka_address) as address:
                    async with httpx.AsyncClient(base_url=address, timeout=patience(30)) as client:
                        query = {"movie_id": [first, second]}
                        start = {"Last-Event-ID": ",".join(["0"] * settings.kafka_partitions)}
                        listening = asyncio.ensure_future(_ids(client, query, start, 2))
                        with webhook(settings, receiver):
                            await send(second)
                            await until(
                                _true(lambda: {first, second} <= set(receiver.subjects())), 120
                            )
                        streamed = await listening
                        assert {one["subject"] for one in streamed} == {first, second}
                assert stage.stop() == 0
    assert {one["id"] for one in streamed} <= {one["id"] for one in receiver.taken}


async def _ids(
    client: httpx.AsyncClient, query: dict[str, list[str]], start: dict[str, str], count: int
) -> list[dict[str, object]]:
    """The first events of the stream; one that is open does not hold up the end of the server."""
    found: list[dict[str, object]] = []
    async with client.stream("GET", "/api/events", params=query, headers=start) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                found.append(msgspec.json.decode(line.removeprefix("data: ")))
            if len(found) == count:
                break
    return found


def _true(holds: Callable[[], bool]) -> Callable[[], Awaitable[bool | None]]:
    async def query() -> bool | None:
        return holds() or None

    return query
