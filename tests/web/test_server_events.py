"""The stream of events: what a client gets, where it resumes, and how a stream ends; without Kafka."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError
from fastapi import FastAPI

from movietag.kafka.tail import TopicTail, start_within
from movietag.settings import Settings
from movietag.web.app import make_web_app
from movietag.web.events import EventStream, sent_event

SCOPE: Any = {"type": "http", "method": "GET", "path": "/api/events", "headers": []}


def record(movie: str, partition: int = 0, offset: int = 0, value: bytes | None = None) -> Any:
    made = b'{"type": "movietag.movie.complete", "subject": "%s"}' % movie.encode()
    value = made if value is None else value
    return SimpleNamespace(key=movie.encode(), partition=partition, offset=offset, value=value)


class Tail(TopicTail):
    """What comes, one list after another; then ``ended`` says that the server stops."""

    def __init__(self, *answers: list[Any] | Exception) -> None:
        super().__init__(None, [0, 7])
        self.answers = list(answers)
        self.closed = 0

    async def read(self, seconds: float) -> list[Any]:
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed += 1

    def ended(self) -> bool:
        return not self.answers


class Client:
    """Takes what is sent; ``takes`` says how many parts, after which it takes nothing more."""

    def __init__(self, takes: int = 1000) -> None:
        self.sent: list[dict[str, Any]] = []
        self.takes = takes
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if len(self.sent) > self.takes:
            await asyncio.Event().wait()
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(one.get("body", b"") for one in self.sent).decode()

    @property
    def whole(self) -> bool:
        return not self.sent[-1]["more_body"]


async def stream(
    tail: Tail, *movies: str, client: Client | None = None, seconds: float = 10
) -> Client:
    client = client or Client()
    await EventStream(tail, movies, seconds, tail.ended)(SCOPE, client.receive, client.send)
    assert tail.closed == 1
    return client


async def test_events_come_with_the_place_to_resume_at() -> None:
    client = await stream(Tail([record("heat")], [], [record("alien", 1, 7), record("dune", 0, 5)]))
    headers = dict(client.sent[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in headers
    blocks = [
        dict(line.split(": ", 1) for line in one.splitlines())
        for one in client.text.split("\n\n")
        if one
    ]
    assert blocks[0] == {"retry": "3000"}
    assert [one.get("id") for one in blocks[1:4]] == ["1,7", "1,8", "6,8"]
    assert blocks[1]["event"] == "movietag.movie.complete"
    assert blocks[1]["data"] == record("heat").value.decode()
    assert blocks[4]["event"] == "end"
    assert client.whole


async def test_only_the_movies_that_were_asked_for_but_all_are_passed() -> None:
    client = await stream(
        Tail([record("heat"), record("alien", 1, 7), record("heat", 0, 1)]), "alien"
    )
    assert client.text.count("data: {") == 1
    assert "id: 1,8\n" in client.text


async def test_a_quiet_stream_has_heartbeats() -> None:
    client = await stream(Tail([], []), seconds=0)
    assert client.text.count(": heartbeat\n\n") == 2


async def test_a_client_that_takes_nothing_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    client = await stream(
        Tail(*([record("heat", 0, at)] for at in range(50))), client=Client(takes=3), seconds=0.05
    )
    assert not client.whole
    assert "took nothing" in caplog.text


async def test_a_client_that_leaves_frees_its_place() -> None:
    tail, client = Tail(*[[]] * 1_000_000), Client()
    going = asyncio.ensure_future(stream(tail, client=client))
    while not client.text:
        await asyncio.sleep(0)
    client.left.set()
    await going
    assert tail.answers


async def test_a_failure_of_kafka_ends_the_stream_in_words() -> None:
    client = await stream(Tail([record("heat")], KafkaConnectionError()))
    assert "event: end\ndata: Kafka fails" in client.text
    assert client.whole


@pytest.mark.parametrize(
    "value", [b"", b"\xff", b'{"type": "a\\nevent: b"}', b'{"x":\n1,\r"type": "t"}', b"[]"]
)
def test_a_value_that_is_no_event_cannot_forge_one(value: bytes) -> None:
    lines = sent_event(record("heat", value=value), [1]).split(b"\n")
    assert [line.partition(b":")[0] for line in lines] == [b"id", b"event", b"data", b"", b""]
    assert b"\r" not in b"".join(lines)


@pytest.mark.parametrize(
    ("starts", "at"), [([5], 5), ([3], 3), ([9], 9), ([2], 3), ([10], 3), ([], 3)]
)
def test_a_place_that_has_expired_or_is_of_another_topic_means_the_first_event(
    starts: list[int], at: int
) -> None:
    assert start_within(starts, 0, first=3, end=9) == at


@pytest.fixture
def app() -> FastAPI:
    return make_web_app(Settings(kafka="127.0.0.1:9", elasticsearch="http://127.0.0.1:9"))


async def test_without_kafka_the_answer_is_an_error_and_a_bad_place_another(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        assert (await client.get("/api/events")).status_code == 503
        bad = await client.get("/api/events", headers={"Last-Event-ID": "7;8"})
        assert bad.status_code == 422
        assert (await client.get("/api/events?movie=heat")).status_code == 422
