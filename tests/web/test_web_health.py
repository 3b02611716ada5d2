"""What watches the server: alive, ready, metrics; without a key, and whatever name it is called by."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
from elasticsearch import ConnectionError as NoConnection
from fastapi import FastAPI
from support.patience import patience
from support.serve_process import serving

from movietag.settings import Settings
from movietag.web.health import Watching


class Elasticsearch:
    """Its ``exists_alias``: answers, or fails with ``error``; counts how often it is asked."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0
        self.indices = self

    async def exists_alias(self, name: str) -> bool:
        self.asked += 1
        if self.error:
            raise self.error
        return name == "movies"


@asynccontextmanager
async def _client(es: Elasticsearch) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.get("/api/movies/{movie}")
    async def movie(movie: str) -> str:
        if movie == "bad":
            raise RuntimeError(movie)
        return movie

    app.add_middleware(Watching)
    app.state.library = SimpleNamespace(reader=SimpleNamespace(es=es))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://any.name") as client:
        yield client


async def test_alive_whatever_elasticsearch_does_and_ready_if_it_answers() -> None:
    es = Elasticsearch()
    async with _client(es) as client:
        assert (await client.get("/healthz")).text == "ok\n"
        assert (await client.get("/readyz")).status_code == 200
        assert es.asked == 1
        for _ in range(20):
            await client.get("/readyz")
        assert es.asked <= 3  # an answer is given again for a second
    es.error = NoConnection("away")
    async with _client(es) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, "Elasticsearch does not answer" in answer.text) == (503, True)
        assert (await client.get("/healthz")).status_code == 200


async def test_requests_are_counted_by_the_template_of_their_path() -> None:
    async with _client(Elasticsearch()) as client:
        for path in ("/api/movies/heat", "/api/movies/nine", "/api/movies/bad", "/nothing/at/all"):
            await client.get(path)
        await client.request("BREW", "/tea")
        text = (await client.get("/metrics")).text
    counted = dict(re.findall(r"^movietag_web_requests_total\{(.*?)\} (\S+)$", text, re.MULTILINE))
    assert counted['method="GET",route="/api/movies/{movie}",status="503"'] == "0.0"
    assert {labels: count for labels, count in counted.items() if count != "0.0"} == {
        'method="GET",route="/api/movies/{movie}",status="200"': "2.0",
        'method="GET",route="/api/movies/{movie}",status="500"': "1.0",
        'method="GET",route="none",status="404"': "1.0",
        'method="other",route="none",status="404"': "1.0",
    }
    assert 'movietag_web_request_seconds_count{route="/api/movies/{movie}"} 3.0' in text
    assert "process_resident_memory_bytes" in text


def test_a_server_with_keys_tells_probes_and_prometheus_without_one(
    library: Settings, keys: Path
) -> None:
    with (
        serving(library, MOVIETAG_WEB_KEYS=str(keys)) as address,
        httpx.Client(base_url=address, timeout=patience(30)) as client,
    ):
        assert client.get("/api/facets").status_code == 401
        for path in ("/healthz", "/readyz"):
            answer = client.get(path, headers={"Host": "10.1.2.3:19390"})  # as a kubelet asks
            assert answer.status_code == 200, answer.text
        text = client.get("/metrics").text
    assert 'movietag_web_requests_total{method="GET",route="none",status="401"} 1.0' in text


def test_without_elasticsearch_it_is_alive_and_not_ready(library: Settings) -> None:
    away = library.model_copy(update={"elasticsearch": "http://127.0.0.1:9"})
    with (
        serving(away) as address,
        httpx.Client(base_url=address, timeout=patience(30)) as client,
    ):
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
