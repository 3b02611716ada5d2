"""Every index of the dashboards, filled with a few documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from elasticsearch import AsyncElasticsearch
from few import Indices, filled

from movietag.local.stack import Stack
from movietag.search.client import connected
from movietag.settings.credentials import as_administrator


@pytest.fixture
async def es(embedded_search: Stack) -> AsyncIterator[AsyncElasticsearch]:
    """By the administrator: the indices here have names of their own."""
    async with connected(as_administrator(embedded_search.settings)) as client:
        yield client


@pytest.fixture
async def indices(es: AsyncElasticsearch) -> AsyncIterator[Indices]:
    async with filled(es) as names:
        yield names
