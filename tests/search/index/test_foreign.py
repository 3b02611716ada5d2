"""Elasticsearch is somebody else's, too: their names, their templates and what they set stay."""

from __future__ import annotations

import pytest
from elasticsearch import AsyncElasticsearch

from movietag.documents import FRAMES, MOVIES, index_name
from movietag.errors import UsageError
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.refresh import own_indices, pause_refreshing
from movietag.search.index.schema import mapping
from movietag.vocabulary import Vocabulary

THEIRS = "frames-of-somebody-else"


async def test_an_alias_of_somebody_else_is_left_alone_and_told(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    await es.indices.create(index=THEIRS, aliases={FRAMES: {}})
    try:
        with pytest.raises(
            UsageError, match=f"`frames` at .* is an alias of {THEIRS}, which is not"
        ):
            await ensure_schema(es, vocabulary)
        held = await es.indices.get_alias(name=FRAMES)
        assert THEIRS in held.body
    finally:
        await es.indices.delete(index=THEIRS)
    await ensure_schema(es, vocabulary)


async def test_an_index_that_only_looks_like_ours_is_no_reason(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    await es.indices.create(index=THEIRS)
    try:
        await ensure_schema(es, vocabulary)
        assert await es.indices.exists(index=THEIRS)
    finally:
        await es.indices.delete(index=THEIRS)


async def test_a_template_of_somebody_else_changes_nothing_of_our_fields(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    name = index_name(MOVIES, vocabulary.vocabulary_id)
    theirs = {"properties": {"title": {"type": "keyword"}, "status": {"type": "text"}}}
    await es.options(ignore_status=404).indices.delete(index=name)
    await es.indices.put_index_template(
        name=THEIRS, index_patterns=["movie*"], priority=900, template={"mappings": theirs}
    )
    try:
        await ensure_schema(es, vocabulary)
    finally:
        await es.indices.delete_index_template(name=THEIRS)
    made = (await es.indices.get_mapping(index=name))[name]["mappings"]["properties"]
    wanted = mapping(MOVIES, vocabulary)["properties"]
    assert {field: made[field]["type"] for field in ("title", "status")} == {
        field: wanted[field]["type"] for field in ("title", "status")
    }


async def test_an_interval_that_an_operator_has_set_stays(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    await ensure_schema(es, vocabulary)
    names = own_indices(vocabulary)
    await es.indices.put_settings(index=names, settings={"refresh_interval": "30s"})
    await ensure_schema(es, vocabulary)
    assert await _intervals(es, names) == {"30s"}
    await pause_refreshing(es, vocabulary)
    await ensure_schema(es, vocabulary)
    assert await _intervals(es, names) == {"1s"}


async def _intervals(es: AsyncElasticsearch, names: list[str]) -> set[str]:
    found = await es.indices.get_settings(index=names, flat_settings=True)
    return {one["settings"]["index.refresh_interval"] for one in found.body.values()}
