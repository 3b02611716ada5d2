"""A shard that is unreachable: what it holds is not reported as missing."""

from __future__ import annotations

import pytest
from elasticsearch import AsyncElasticsearch

from movietag.documents import MOVIES, index_name, read_name
from movietag.errors import TransientError
from movietag.search.client import count_documents, transient_errors
from movietag.search.index.ensuring import ensure_schema
from movietag.search.reader import MovieSearch, Reader
from movietag.vocabulary import Vocabulary


async def test_an_answer_without_all_shards_is_an_error(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    await ensure_schema(es, vocabulary)
    library = Reader(es, vocabulary, 0.1)
    assert (await library.movies(MovieSearch())).total == 0
    read = read_name(MOVIES, vocabulary.vocabulary_id)
    unreachable = f"{index_name(MOVIES, vocabulary.vocabulary_id)}-unreachable"
    await es.indices.create(
        index=unreachable,
        aliases={read: {}},
        settings={"index.routing.allocation.require._name": "none"},
        wait_for_active_shards=0,
    )
    try:
        with pytest.raises(TransientError, match=r"503.*missing shards"):
            await library.by_id("heat-1995")
        with pytest.raises(TransientError, match=r"503.*missing shards"):
            await library.movies(MovieSearch())
        with pytest.raises(TransientError, match=r"503.*missing shards"), transient_errors(es):
            await count_documents(es, read)
    finally:
        await es.indices.delete(index=unreachable)
