"""How responses travel: compressed or not, and without a body for HEAD."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from movietag.web.transfer import Compressed, HeadRequests, accepts_gzip

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
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        ("gzip; q=1.000", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False),
        ("gzip;q=no", False),
        ("x-gzip-of-ours", False),
        ("identity", False),
        ("", False),
    ],
)
def test_who_accepts_gzip(header: str, expected: bool) -> None:
    assert accepts_gzip(header) is expected


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_its_body(api: httpx.Client, path: str) -> None:
    whole, head = api.get(path), api.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "content-length", "content-encoding", "etag", "vary"):
        assert head.headers.get(name) == whole.headers.get(name), name


def test_head_where_there_is_no_get(api: httpx.Client) -> None:
    answer = api.head("/api/searches/a")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, PUT")


def test_texts_are_compressed_for_those_who_accept_it(api: httpx.Client) -> None:
    for path in ("/api/movies?q=horror", "/"):
        with api.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert int(answer.headers["content-length"]) == len(raw)
        plain = api.get(path, headers={"Accept-Encoding": "gzip;q=0"})
        assert "content-encoding" not in plain.headers
        assert "accept-encoding" in plain.headers["vary"].lower()
        assert len(raw) < len(plain.content) / 2
        if path.startswith("/api"):
            assert gzip.decompress(raw) == plain.content
            again = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": "gzip"}
            assert api.get(path, headers=again).status_code == 304


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
