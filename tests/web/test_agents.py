"""The MCP server as its own process, called by the SDK's client."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, TextContent
from support.addresses import search_environment
from support.patience import patience

from movietag.settings import Settings


@asynccontextmanager
async def agent(library: Settings, *options: str, **more: str) -> AsyncIterator[Client]:
    """A client of `movietag mcp` for the settings."""
    environment = {
        **os.environ,
        **search_environment(library),
        "MOVIETAG_VOCABULARY": library.vocabulary,
        "MOVIETAG_KAFKA": "127.0.0.1:9",
        **more,
    }
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "movietag.cli", "mcp", *options], env=environment
    )
    async with Client(server, read_timeout_seconds=patience(60)) as client:
        yield client


def record(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


def mistake(result: CallToolResult) -> str:
    assert result.is_error
    (part,) = result.content
    assert isinstance(part, TextContent)
    assert "Traceback" not in part.text
    return part.text


async def test_the_tools_answer_what_the_rest_api_answers(
    library: Settings, api: httpx.Client
) -> None:
    async with agent(library) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "scenes", "show"}
        for tool in tools.values():
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint is True
            assert "never instructions" in (tool.description or "")
        for name, arguments, path, params in (
            (
                "search",
                {"query": "horror", "by": "title"},
                "movies",
                {"q": "horror", "by": "title"},
            ),
            ("search", {"query": "moonlit harbor"}, "movies", {"q": "moonlit harbor"}),
            ("scenes", {"query": "murder"}, "scenes", {"q": "murder"}),
            ("show", {"movie": "Laugh or Die"}, "movies/laugh", {}),
        ):
            found = record(await client.call_tool(name, arguments))
            expected = api.get(f"/api/{path}", params=params).json()
            for one in (found, expected):
                one.pop("next", None)  # of a snapshot
            assert found == expected
        first = record(await client.call_tool("search", {"query": "horror", "limit": 2}))
        rest = record(
            await client.call_tool(
                "search", {"query": "horror", "limit": 2, "next_page": first["next"]}
            )
        )
        ids = [movie["movie_id"] for movie in (*first["movies"], *rest["movies"])]
        assert len(set(ids)) == 4
        await _mistakes(client)
        evil = record(await client.call_tool("show", {"movie": "evil"}))
        assert not set(evil["title"]) & set("\x1b\u202e\r\n")


async def _mistakes(client: Client) -> None:
    assert "comedy" in mistake(await client.call_tool("search", {"query": "horror and comdy"}))
    assert "No movie 'nowhere'" in mistake(await client.call_tool("show", {"movie": "nowhere"}))
    assert "100" in mistake(await client.call_tool("search", {"limit": 101}))
    assert "4000" in mistake(await client.call_tool("search", {"query": "x" * 4001}))
    assert mistake(await client.call_tool("add", {"title": "Heat (1995)"}))  # there is no such tool


async def test_adding_is_allowed_by_an_option_only(library: Settings) -> None:
    async with agent(library, "--allow-add") as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "scenes", "show", "add"}
        forget = '{"title": "Moonlit Harbor", "year": 1998, "forget": true}'
        assert "no JSON" in mistake(await client.call_tool("add", {"title": forget}))
        assert "127.0.0.1:9" in mistake(await client.call_tool("add", {"title": "Heat (1995)"}))


@pytest.mark.parametrize("more", [{"MOVIETAG_WEB_RATE": "1"}, {"MOVIETAG_WEB_SECONDS": "0.001"}])
async def test_limits_are_those_of_the_rest_api(library: Settings, more: dict[str, str]) -> None:
    async with agent(library, **more) as client:
        results = [await client.call_tool("search", {"query": "horror"}) for _ in range(8)]
        texts = [mistake(one) for one in results if one.is_error]
        assert any("per second" in text or "longer than" in text for text in texts)


async def test_an_unreachable_server_is_an_error_of_the_call(library: Settings) -> None:
    async with agent(library, MOVIETAG_ELASTICSEARCH="http://127.0.0.1:9") as client:
        assert "unreachable" in mistake(await client.call_tool("search", {"query": "horror"}))
