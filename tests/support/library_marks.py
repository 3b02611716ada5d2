"""Lets several libraries of tests share one Elasticsearch: its indices have no mark before and after each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from movietag.search.client import connected
from movietag.search.index.marks import KEY
from movietag.search.index.others import indices_of_ours
from movietag.settings import Settings


@contextmanager
def unmarked_indices(settings: Settings) -> Iterator[None]:
    """Remove the marks of this Elasticsearch's indices, and again at the end of the block."""
    asyncio.run(_remove_marks(settings))
    yield
    asyncio.run(_remove_marks(settings))


async def _remove_marks(settings: Settings) -> None:
    async with connected(settings) as es:
        for name, meta in (await indices_of_ours(es)).items():
            without = {key: value for key, value in meta.items() if key != KEY}
            await es.indices.put_mapping(index=name, meta=without)
