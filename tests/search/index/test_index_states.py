"""What an index or the cluster refuses is no document's fault: closed indices, blocks, too many shards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch

from movietag.documents import MOVIE_TAGS, index_name
from movietag.errors import TransientError
from movietag.local.stack import Stack
from movietag.records import Document
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_indices, ensure_schema
from movietag.search.index.writer import Rejected, write_bulk
from movietag.settings.credentials import as_administrator
from movietag.vocabulary import Vocabulary


@pytest.fixture
async def index(es: AsyncElasticsearch, vocabulary: Vocabulary) -> str:
    await ensure_schema(es, vocabulary)
    return index_name(MOVIE_TAGS, vocabulary.vocabulary_id)


@pytest.fixture
async def admin(embedded_search: Stack) -> AsyncIterator[AsyncElasticsearch]:
    """Who may close indices and change the cluster."""
    async with connected(as_administrator(embedded_search.settings)) as client:
        yield client


def good(index: str) -> Document:
    return Document(index, "good", 1, msgspec.Raw(b'{"title":"x"}'))


def bad(index: str) -> Document:
    return Document(index, "bad", 1, msgspec.Raw(b"[]"))


async def refused_wholly(es: AsyncElasticsearch, index: str) -> str:
    """Nothing is rejected, neither a good document nor a bad one; why."""
    with pytest.raises(TransientError) as good_one:
        await write_bulk(es, [good(index)])
    with pytest.raises(TransientError):
        await write_bulk(es, [bad(index), good(index)])
    return str(good_one.value)


async def written(es: AsyncElasticsearch, index: str) -> list[Rejected]:
    """All is as it is without that state: only the bad document is rejected."""
    rejected = await write_bulk(es, [bad(index), good(index)])
    assert (await es.get(index=index, id="good"))["found"]
    return rejected


async def test_a_closed_index_is_waited_for_until_it_is_opened(
    es: AsyncElasticsearch, admin: AsyncElasticsearch, vocabulary: Vocabulary, index: str
) -> None:
    await admin.indices.close(index=index)
    try:
        reason = await refused_wholly(es, index)
        await ensure_indices(es, vocabulary)  # as the index stage does before it tries again
    finally:
        await admin.indices.open(index=index)
    assert "index_closed_exception" in reason
    assert index in reason
    assert "_open" in reason
    (rejected,) = await written(es, index)
    assert rejected.position == 0


@pytest.mark.parametrize("block", ["write", "read_only_allow_delete", "read_only"])
async def test_a_block_is_waited_for_until_it_is_lifted(
    es: AsyncElasticsearch, admin: AsyncElasticsearch, index: str, block: str
) -> None:
    await admin.indices.put_settings(index=index, settings={f"index.blocks.{block}": True})
    try:
        reason = await refused_wholly(es, index)
    finally:
        await admin.indices.put_settings(index=index, settings={f"index.blocks.{block}": None})
    assert "block" in reason
    (rejected,) = await written(es, index)
    assert rejected.position == 0


async def test_a_cluster_that_is_read_only_is_waited_for(
    es: AsyncElasticsearch, admin: AsyncElasticsearch, vocabulary: Vocabulary, index: str
) -> None:
    async with cluster_setting(admin, "cluster.blocks.read_only_allow_delete", True):
        reason = await refused_wholly(es, index)
        with pytest.raises(TransientError, match="block"):
            await ensure_indices(es, vocabulary)
    assert "cluster.blocks" in reason
    assert len(await written(es, index)) == 1


async def test_an_index_that_does_not_fit_into_the_cluster_is_waited_for(
    es: AsyncElasticsearch, admin: AsyncElasticsearch, vocabulary: Vocabulary, index: str
) -> None:
    await es.indices.delete(index=index)
    async with cluster_setting(admin, "cluster.max_shards_per_node", 1):
        await refused_wholly(es, index)
        with pytest.raises(TransientError, match=r"maximum.*cluster\.max_shards_per_node"):
            await ensure_indices(es, vocabulary)
    await ensure_indices(es, vocabulary)
    assert len(await written(es, index)) == 1


@asynccontextmanager
async def cluster_setting(admin: AsyncElasticsearch, name: str, value: Any) -> AsyncIterator[None]:
    await admin.cluster.put_settings(persistent={name: value})
    try:
        yield
    finally:
        await admin.cluster.put_settings(persistent={name: None})
