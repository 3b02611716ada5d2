"""How responses travel: compressed or not, and without a body for HEAD."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable

import cramjam
import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.types import Message

from movietag.web.transfer import Compressed, HeadRequests, preferred_encoding

LAST_BLOCK = b"\x01\x00\x00"  # an empty one: it ends a frame of zstd (RFC 8878, 3.1.1.2)
PATHS = (
    "/",
    "/scenes?q=horror",
    "/movies/harbor",
    "/add",
    "/api/movies?q=horror",
    "/api/scenes?q=horror",
    "/api/facets",
    "/api/suggestions?text=moon",
    "/api/searches",
    "/api/movies/harbor",
    "/api/movies/harbor/similar",
    "/api/movies/harbor/why?q=horror",
    "/api/openapi.json",
    "/api/movies/nobody",
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.9", "gzip"),
        ("deflate, GZIP;q=0.5, br", "gzip"),
        ("gzip; q=1.000", "gzip"),
        ("*", "zstd"),
        ("*;q=0.1, gzip;q=0.3", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip, identity", "gzip"),
        ("identity;q=0.5, zstd;q=0.4, gzip;q=0.6", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip; q=0.000, identity", "identity"),
        ("gzip;q=no", "identity"),
        ("gzip;q=-1, zstd;q=1e9", "identity"),
        ("x-gzip-of-ours", "identity"),
        ("identity", "identity"),
        ("", "identity"),
        ("*;q=0", "identity"),
        (";;,,q=1", "identity"),
    ],
)
def test_which_encoding_a_client_prefers(header: str, expected: str) -> None:
    assert preferred_encoding(header) == expected


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "identity"])
@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_its_body(api: httpx.Client, path: str, encoding: str) -> None:
    accepts = {"Accept-Encoding": encoding}
    with api.stream("GET", path, headers=accepts) as whole:
        assert sum(map(len, whole.iter_raw())) == int(whole.headers["content-length"])
    head = api.head(path, headers=accepts)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "content-length", "content-encoding", "etag", "vary"):
        assert head.headers.get(name) == whole.headers.get(name), name


def test_head_where_there_is_no_get(api: httpx.Client) -> None:
    answer = api.head("/api/searches/a")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, PUT")


@pytest.mark.parametrize(
    ("encoding", "plain_text"), [("zstd", cramjam.zstd.decompress), ("gzip", gzip.decompress)]
)
def test_texts_are_compressed_for_those_who_accept_it(
    api: httpx.Client, encoding: str, plain_text: Callable[[bytes], bytes]
) -> None:
    for path in ("/api/movies?q=horror", "/"):
        with api.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == encoding
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert int(answer.headers["content-length"]) == len(raw)
        plain = api.get(path, headers={"Accept-Encoding": f"{encoding};q=0"})
        assert "content-encoding" not in plain.headers
        assert "accept-encoding" in plain.headers["vary"].lower()
        assert len(raw) < len(plain.content) / 2
        if path.startswith("/api"):
            assert bytes(plain_text(raw)) == plain.content
            again = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": encoding}
            assert api.get(path, headers=again).status_code == 304


@pytest.mark.parametrize("size", [10, 300_000])
async def test_parts_of_a_table_can_be_read_as_they_come(size: int) -> None:
    """With zstd: what has come is whole up to the last part, and all of it is one frame."""
    parts = [b"row %d\n" % number + b"x" * size for number in range(3)]

    async def table() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    app = FastAPI()
    app.add_api_route("/table", lambda: StreamingResponse(table(), media_type="text/csv"))
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            sent.append(message["body"])

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/table",
        "query_string": b"",
        "headers": [(b"accept-encoding", b"gzip;q=0.1"), (b"accept-encoding", b"zstd")],
    }
    await Compressed(app)(scope, receive, send)
    assert len(sent) >= len(parts)
    assert bytes(cramjam.zstd.decompress(b"".join(sent))) == b"".join(parts)
    for number in range(len(parts)):
        so_far = b"".join(sent[: number + 1]) + LAST_BLOCK
        assert bytes(cramjam.zstd.decompress(so_far)) == b"".join(parts[: number + 1])


async def test_a_long_answer_to_head_is_not_made() -> None:
    made = list[int]()

    async def parts() -> AsyncIterator[bytes]:
        for number in range(1000):
            made.append(number)
            yield b"row\n" * 500

    app = FastAPI()
    app.add_api_route("/table", lambda: StreamingResponse(parts(), media_type="text/csv"))
    app.add_middleware(Compressed)
    app.add_middleware(HeadRequests)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://here"
    ) as client:
        answer = await client.head("/table")
        assert (answer.status_code, answer.content) == (200, b"")
        assert len(made) < 5
        assert len((await client.get("/table")).content) == 1000 * 2000


def test_the_openapi_says_how_keys_are_sent(api: httpx.Client) -> None:
    described = api.get("/api/openapi.json").json()
    scheme = described["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-Key")
    assert described["security"] == [{"key": []}, {}]
