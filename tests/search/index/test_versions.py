"""Which Elasticsearch is taken, and what is said of one that is not."""

from __future__ import annotations

import pytest
from aiohttp import web
from support.search_server import server

from movietag.errors import UsageError
from movietag.search.client import connected
from movietag.search.index.versions import require_version
from movietag.settings import Settings


async def required(answer: object, status: int = 200) -> None:
    def said(_: web.Request) -> web.Response:
        return web.json_response(
            answer, status=status, headers={"X-Elastic-Product": "Elasticsearch"}
        )

    async with server(said) as url, connected(Settings(elasticsearch=url)) as es:
        await require_version(es)


def of(version: str) -> object:
    return {"nodes": {"n1": {"version": version}}}


@pytest.mark.parametrize("version", ["8.12.0", "8.19.9", "9.0.0-SNAPSHOT", "10.1.0"])
async def test_what_is_new_enough_is_taken(version: str) -> None:
    await required(of(version))


@pytest.mark.parametrize("version", ["7.17.29", "8.0.1", "8.11.4"])
async def test_what_is_too_old_is_named_with_what_is_needed(version: str) -> None:
    with pytest.raises(UsageError, match=rf"is {version}; movietag needs 8\.12 or later"):
        await required(of(version))


@pytest.mark.parametrize("status", [400, 404, 410])
async def test_one_that_does_not_say_is_taken(status: int) -> None:
    await required({"error": {"type": "not_there", "reason": "no handler found"}}, status)


async def test_an_answer_without_a_version_is_taken() -> None:
    await required({})
