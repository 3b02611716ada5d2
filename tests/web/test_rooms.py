"""Requests that hold something for long: a place each until the response is sent, and none is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import Depends, FastAPI, Response
from fastapi.responses import StreamingResponse

from movietag.errors import UsageError
from movietag.web.error_responses import install_error_handlers
from movietag.web.exports import EXPORTS
from movietag.web.exports import router as exports
from movietag.web.media import CLIPS
from movietag.web.media import router as media
from movietag.web.rooms import Room


class Slow:
    """An app with one place, whose responses end when they may."""

    def __init__(self) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.app = FastAPI()
        install_error_handlers(self.app, [])
        held = [Depends(Room(1, "tables"))]
        self.app.add_api_route("/api/slow", self.slow, dependencies=held)
        self.app.add_api_route("/api/wrong", self.wrong, dependencies=held)

    async def slow(self) -> Response:
        return StreamingResponse(self._parts())

    async def _parts(self) -> AsyncIterator[bytes]:
        yield b"first"
        self.begun.set()
        await self.may_end.wait()

    async def wrong(self) -> Response:
        raise UsageError("The query is wrong.")


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def client(slow: Slow) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(slow.app), base_url="http://here")


async def test_a_place_is_held_until_the_response_is_sent(
    slow: Slow, client: httpx.AsyncClient
) -> None:
    first = asyncio.create_task(client.get("/api/slow"))
    await slow.begun.wait()
    refused = await client.get("/api/slow")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["detail"] == "1 tables are being made already: retry later."
    slow.may_end.set()
    assert (await first).content == b"first"
    assert (await client.get("/api/slow")).status_code == 200


async def test_a_place_is_free_again_after_an_error_and_a_client_that_left(
    slow: Slow, client: httpx.AsyncClient
) -> None:
    for _ in range(2):
        assert (await client.get("/api/wrong")).status_code == 400
    gone = asyncio.create_task(client.get("/api/slow"))
    await slow.begun.wait()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    slow.may_end.set()
    assert (await client.get("/api/slow")).status_code == 200


def test_clips_and_exports_have_a_room_each() -> None:
    held = {
        route.path.rsplit("/", 1)[1]: [one.dependency for one in route.dependencies]
        for router in (exports, media)
        for route in router.routes
    }
    rooms = {"movies.{form}": [EXPORTS], "scenes.{form}": [EXPORTS], "clip": [CLIPS], "file": []}
    assert held == rooms
