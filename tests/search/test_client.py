from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr
from support.search_server import server

from movietag.errors import TransientError, UsageError
from movietag.search import client
from movietag.search.client import address, connected, make_client, transient_errors
from movietag.settings import Settings


def as_elasticsearch(_: web.Request) -> web.Response:
    return web.json_response({}, headers={"X-Elastic-Product": "Elasticsearch"})


def test_an_address_without_a_port() -> None:
    with pytest.raises(UsageError, match=r"MOVIETAG_ELASTICSEARCH cannot be used.*:9200"):
        make_client(Settings(elasticsearch="http://localhost"))


def test_a_certificate_file_that_is_not_there(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    with pytest.raises(UsageError, match=f"MOVIETAG_ELASTICSEARCH_CAFILE: no file {missing}"):
        make_client(Settings(elasticsearch_cafile=missing))


async def test_the_key_is_sent() -> None:
    seen: list[str] = []

    def answer(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return as_elasticsearch(request)

    async with server(answer) as url:
        settings = Settings(elasticsearch=url, elasticsearch_api_key=SecretStr("c2VjcmV0"))
        async with connected(settings) as es:
            await es.cluster.health()
    assert seen == ["ApiKey c2VjcmV0"]


async def test_the_user_is_sent(tmp_path: Path) -> None:
    seen: list[str] = []

    def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return as_elasticsearch(request)

    user = {"elasticsearch_username": "me", "elasticsearch_password": SecretStr("se:cret")}
    async with server(answer) as url:
        for given in (user, {"home": tmp_path}):
            async with connected(Settings(elasticsearch=url, **given)) as es:
                await es.cluster.health()
                assert address(es) == url
    assert seen == [f"Basic {b64encode(b'me:se:cret').decode()}", ""]


def test_a_user_and_a_key_are_one_too_many() -> None:
    given = Settings(elasticsearch_username="me", elasticsearch_api_key=SecretStr("c2VjcmV0"))
    with pytest.raises(UsageError, match="both set; set only one"):
        make_client(given)


async def test_another_server_is_told() -> None:
    async with (
        server(lambda _: web.json_response({})) as url,
        connected(Settings(elasticsearch=url)) as es,
    ):
        with (
            pytest.raises(UsageError, match=f"The server at {url} is not Elasticsearch"),
            transient_errors(es),
        ):
            await es.cluster.health()


async def test_no_answer_in_time_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REQUEST_SECONDS", 0.2)
    async with server(as_elasticsearch) as url, connected(Settings(elasticsearch=url)) as es:
        with (
            pytest.raises(TransientError, match=f"{url} did not respond within 0 s"),
            transient_errors(es),
        ):
            await es.cluster.health(filter_path="slow")


async def test_the_first_cause_is_told() -> None:
    """Elasticsearch 8.0 says "Failed to parse mapping", and three levels below it why."""
    cause = {"reason": "No handler for type [wanted]"}
    error = {
        "type": "t",
        "reason": "Failed to parse mapping",
        "caused_by": {"reason": None, "caused_by": cause},
    }

    def refuse(_: web.Request) -> web.Response:
        return web.json_response(
            {"error": error, "status": 503},
            status=503,
            headers={"X-Elastic-Product": "Elasticsearch"},
        )

    async with server(refuse) as url, connected(Settings(elasticsearch=url)) as es:
        with (
            pytest.raises(
                TransientError, match=r"Failed to parse mapping: No handler for type \[wanted\]\."
            ),
            transient_errors(es),
        ):
            await es.cluster.health()
