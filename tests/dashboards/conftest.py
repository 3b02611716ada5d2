"""Every index of the dashboards, filled with a few documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from elasticsearch import AsyncElasticsearch
from few import Indices, filled
from filled import elasticsearch, es

__all__ = ["elasticsearch", "es"]


@pytest.fixture
async def indices(es: AsyncElasticsearch) -> AsyncIterator[Indices]:
    async with filled(es) as names:
        yield names
