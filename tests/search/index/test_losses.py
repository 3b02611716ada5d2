"""An index that was deleted and created again says so, until it is filled again."""

from __future__ import annotations

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch

from movietag.documents import BODIES, FRAMES, MOVIE_TAGS, MOVIES, index_name
from movietag.records import Document
from movietag.search.index.ensuring import ensure_indices, ensure_schema
from movietag.search.index.losses import (
    index_losses,
    mark_filled,
    mark_filling,
    mark_unbacked,
)
from movietag.search.index.others import ALIASES
from movietag.search.index.refresh import own_indices
from movietag.search.index.schema import mapping
from movietag.search.index.writer import write_bulk
from movietag.vocabulary import Vocabulary


@pytest.fixture
def frames(vocabulary: Vocabulary) -> str:
    return index_name(FRAMES, vocabulary.vocabulary_id)


async def lacking(es: AsyncElasticsearch, vocabulary: Vocabulary) -> dict[str, str]:
    """The state of each index that lacks documents; all exist."""
    losses = await index_losses(es, vocabulary)
    assert len(losses) == len(BODIES)
    return {name: state for name, state in losses.items() if state}


async def test_the_first_indices_lack_nothing(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    assert (await index_losses(es, vocabulary)).keys() <= {index_name("dead_letters", "")}
    await ensure_schema(es, vocabulary)
    assert not await lacking(es, vocabulary)
    await ensure_schema(es, vocabulary, ALIASES)  # all are there: none was made now
    assert not await lacking(es, vocabulary)


async def test_a_deleted_index_is_marked_until_it_is_filled(
    es: AsyncElasticsearch, vocabulary: Vocabulary, frames: str
) -> None:
    await ensure_schema(es, vocabulary)
    await es.indices.delete(index=frames)
    await ensure_schema(es, vocabulary, ALIASES)
    await ensure_schema(es, vocabulary)  # of whoever starts later
    assert await lacking(es, vocabulary) == {frames: "deleted"}
    await mark_filling(es, own_indices(vocabulary))
    assert await lacking(es, vocabulary) == {frames: "filling"}
    await mark_filled(es, own_indices(vocabulary))
    assert not await lacking(es, vocabulary)


async def test_an_index_that_is_deleted_while_it_is_filled_lacks_what_was_in_it(
    es: AsyncElasticsearch, vocabulary: Vocabulary, frames: str
) -> None:
    await ensure_schema(es, vocabulary)
    await mark_filling(es, own_indices(vocabulary))
    await es.indices.delete(index=frames)
    await ensure_indices(es, vocabulary, ALIASES)
    await mark_filled(es, own_indices(vocabulary))
    assert await lacking(es, vocabulary) == {frames: "deleted"}


async def test_a_server_that_creates_it_itself_marks_it_too(
    es: AsyncElasticsearch, vocabulary: Vocabulary, frames: str
) -> None:
    await ensure_schema(es, vocabulary)
    await es.indices.delete(index=frames)
    await es.indices.create(index=frames)  # by the template alone, as the server does it
    assert await lacking(es, vocabulary) == {frames: "deleted"}


async def test_a_new_version_of_an_index_lacks_nothing_that_the_old_one_has(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    old = f"{MOVIE_TAGS}-{vocabulary.vocabulary_id}"
    await es.indices.create(index=old, mappings=mapping(MOVIE_TAGS, vocabulary))
    try:
        await ensure_indices(es, vocabulary, [MOVIE_TAGS])
        assert not await lacking(es, vocabulary)
    finally:
        await es.indices.delete(index=old)


async def test_new_fields_leave_the_mark(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    movies = index_name(MOVIES, vocabulary.vocabulary_id)
    await es.indices.create(index=movies, mappings={"_meta": {"schema": 3, "lost": "deleted"}})
    await ensure_schema(es, vocabulary)
    assert await lacking(es, vocabulary) == {movies: "deleted"}
    found = (await es.indices.get_mapping(index=movies))[movies]["mappings"]
    assert found["_meta"].items() >= mapping(MOVIES, vocabulary)["_meta"].items()


async def test_documents_of_which_kafka_knows_nothing_are_told_until_all_is_counted_again(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    await ensure_schema(es, vocabulary)
    await mark_unbacked(es, own_indices(vocabulary))
    assert not await lacking(es, vocabulary)  # all are empty, as at a first start
    movies = index_name(MOVIES, vocabulary.vocabulary_id)
    body = msgspec.Raw(b'{"title":"x"}')
    assert await write_bulk(es, [Document(movies, "a", 1, body)]) == []
    await es.indices.refresh(index=movies)
    await mark_unbacked(es, own_indices(vocabulary))
    assert await lacking(es, vocabulary) == {movies: "unbacked"}
    await mark_filling(es, own_indices(vocabulary))
    await mark_filled(es, own_indices(vocabulary))
    assert not await lacking(es, vocabulary)
