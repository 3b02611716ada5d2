"""The endpoint that streams events of movies as they happen: server-sent events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Annotated, Any, Final

import msgspec
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from movietag import topics
from movietag.kafka.tail import TopicTail
from movietag.web.answers import Responses, describe_errors
from movietag.web.library import LibraryRoute, Shared
from movietag.web.rooms import Room
from movietag.web.running import WORK

STREAMS: Final = Room(16, "event streams")  # each holds a connection to Kafka
POLL_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 15.0
AGAIN_MS: Final = 3000  # after which a browser connects again
MOST_MOVIES: Final = 100
POSITIONS: Final = r"^[0-9]{1,18}(,[0-9]{1,18}){0,999}$"
MEDIA_TYPE: Final = "text/event-stream"

log = logging.getLogger("movietag")

router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)


class EventsParameters(BaseModel):
    """The parameters of a stream of events."""

    model_config = ConfigDict(extra="forbid")
    movie_id: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        [], max_length=MOST_MOVIES, description="Only events of this movie; may be repeated."
    )


class _Kind(msgspec.Struct):
    type: str = "message"


def sent_event(record: ConsumerRecord, positions: Sequence[int]) -> bytes:
    """A record as a server-sent event; its id says where to resume: the next offset of each partition."""
    value = bytes(record.value or b"{}").replace(b"\r", b" ").replace(b"\n", b" ")
    try:
        kind = msgspec.json.decode(value, type=_Kind).type
    except msgspec.MsgspecError:
        kind = "message"
    where = ",".join(map(str, positions))
    kind = "".join(kind.split())
    return f"id: {where}\nevent: {kind}\ndata: ".encode() + value + b"\n\n"


class EventStream(Response):
    """Sends events until the client goes, takes nothing for ``seconds``, or the server stops."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        tail: TopicTail,
        movies: Collection[str],
        seconds: float,
        stopping: Callable[[], bool],
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._tail, self._movies, self._stopping = tail, movies, stopping
        self._seconds = seconds * 0.9  # before the guard's deadline
        self._heartbeat = min(HEARTBEAT_SECONDS, seconds / 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        sending = asyncio.ensure_future(self._stream(send))
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        except TimeoutError:  # the response is not completed, so the server closes the connection
            log.warning(
                "a client of /api/events took nothing for %.0f s and is cut off", self._seconds
            )
        finally:
            for task in (sending, gone):
                task.cancel()
            await asyncio.gather(sending, gone, return_exceptions=True)
            await self._tail.close()

    async def _stream(self, send: Send) -> None:
        async def part(body: bytes, *, more: bool = True) -> None:
            async with asyncio.timeout(self._seconds):
                await send({"type": "http.response.body", "body": body, "more_body": more})

        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await part(f"retry: {AGAIN_MS}\n\n".encode())
        why = await self._events(part)
        await part(f"event: end\ndata: {why}\n\n".encode(), more=False)

    async def _events(self, part: Callable[[bytes], Coroutine[Any, Any, None]]) -> str:
        """Send events; returns why they end."""
        sent = time.monotonic()
        while not self._stopping():
            try:
                records = await self._tail.read(min(POLL_SECONDS, self._heartbeat))
            except (KafkaError, OSError) as error:
                log.warning("a stream of events ends: %s", error)
                return "Kafka fails: connect again later"
            for record in records:
                self._tail.passed(record)
                if (
                    not self._movies
                    or (record.key or b"").decode("utf-8", "replace") in self._movies
                ):
                    await part(sent_event(record, self._tail.positions))
                    sent = time.monotonic()
            if time.monotonic() - sent >= self._heartbeat:
                await part(b": heartbeat\n\n")
                sent = time.monotonic()
        return "the server stops: connect again"


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def describe_stream() -> Responses:
    """The OpenAPI responses of a request for a stream."""
    content = {MEDIA_TYPE: {"schema": {"type": "string"}}}
    return {200: {"description": "Events, as they come.", "content": content}} | describe_errors()


@router.get("/events", tags=[WORK], responses=describe_stream(), dependencies=[Depends(STREAMS)])
async def stream_events(
    request: Request,
    library: Shared,
    parameters: Annotated[EventsParameters, Query()],
    last_event_id: Annotated[
        str | None,
        Header(
            max_length=20_000,
            pattern=POSITIONS,
            description="The `id` of the last event received: what has come since then is sent first.",
        ),
    ] = None,
) -> Response:
    """Stream events of movies as they happen: complete, changed, failed, forgotten."""
    starts = [int(one) for one in last_event_id.split(",")] if last_event_id else None
    settings = library.settings
    tail = await TopicTail.opened(settings, topics.EVENTS, starts)
    movies = frozenset(parameters.movie_id)
    return EventStream(tail, movies, settings.web_seconds, request.app.state.stopping)
