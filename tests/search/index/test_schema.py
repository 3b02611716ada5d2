from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch
from support import sample_movies

from movietag.documents import (
    BODIES,
    DEAD_LETTERS,
    FRAMES,
    MOST_FIELD_TAGS,
    MOVIE_TAGS,
    MOVIES,
    VERSIONS,
    Body,
    index_name,
    older_names,
    vocabulary_of,
)
from movietag.errors import UsageError
from movietag.search.index.ensuring import ensure_indices, ensure_schema
from movietag.search.index.refresh import has_indices, pause_refreshing
from movietag.search.index.schema import mapping, sort_settings
from movietag.vocabulary import Vocabulary, field_name, from_lines, load

MPST = load("mpst")
SMALL = from_lines("small", ["horror", "sci-fi"])
LARGE = from_lines("large", [f"tag {n}" for n in range(MOST_FIELD_TAGS + 1)])
SAMPLE = sample_movies.SAMPLES[0]


def test_index_names() -> None:
    assert index_name(MOVIES, "mpst-1a2b3c4d") == "movies-mpst-1a2b3c4d-v4"
    assert older_names(MOVIES, "mpst-1a2b3c4d") == [
        "movies-mpst-1a2b3c4d-v3",
        "movies-mpst-1a2b3c4d",
    ]
    for name in ("movies-mpst-1a2b3c4d", "movie_tags-mpst-1a2b3c4d-v3", "frames-mpst-1a2b3c4d-v12"):
        assert vocabulary_of(name) == "mpst-1a2b3c4d"
    assert index_name(DEAD_LETTERS, "mpst-1a2b3c4d") == "dead_letters-v2"
    with pytest.raises(ValueError, match="'films' is not one of movies, movie_tags"):
        index_name("films", "mpst-1a2b3c4d")


def bodies(vocabulary: Vocabulary) -> dict[str, Body]:
    return {
        MOVIES: sample_movies.movie_body(SAMPLE, vocabulary),
        MOVIE_TAGS: next(sample_movies.tag_bodies(SAMPLE, vocabulary)),
        FRAMES: next(sample_movies.frame_bodies(SAMPLE)),
        DEAD_LETTERS: sample_movies.letter(vocabulary),
    }


def unmapped(value: object, found: Mapping[str, Any], path: str) -> Iterator[str]:
    """The fields of a body that a strict mapping would refuse."""
    if isinstance(value, list):
        for item in value:
            yield from unmapped(item, found, path)
    elif isinstance(value, dict) and "type" not in found:
        for name, inner in value.items():
            if name not in found["properties"]:
                yield f"{path}.{name}"
            else:
                yield from unmapped(inner, found["properties"][name], f"{path}.{name}")


@pytest.mark.parametrize("alias", BODIES)
def test_every_field_of_a_body_is_mapped_and_nothing_else(alias: str) -> None:
    found = mapping(alias, MPST)
    body = msgspec.to_builtins(bodies(MPST)[alias])
    assert list(unmapped(body, found, alias)) == []
    assert set(found["properties"]) == set(BODIES[alias].__struct_encode_fields__)
    assert list(unmapped({**body, "new_field": 1}, found, alias)) == [f"{alias}.new_field"]


def test_mapping_of_a_small_vocabulary() -> None:
    found = mapping(MOVIES, SMALL)
    assert found["dynamic"] == "strict"
    assert found["_meta"]["schema"] == VERSIONS[MOVIES]
    assert found["_meta"]["vocabulary"] == SMALL.vocabulary_id
    assert found["properties"]["tags"] == {
        "properties": {
            name: {"properties": {"count": {"type": "long"}, "ratio": {"type": "float"}}}
            for name in ("horror", "sci_fi")
        }
    }
    assert found["properties"]["tag_vector"]["dims"] == 2
    assert found["properties"]["updated_ms"] == {"type": "date", "format": "epoch_millis"}


def test_mapping_of_a_large_vocabulary_has_no_field_per_tag() -> None:
    found = mapping(MOVIES, LARGE)["properties"]
    assert found["tag_vector"] == {"type": "sparse_vector"}
    assert found["tags"] == {"type": "object", "enabled": False}


def test_letters_do_not_depend_on_the_vocabulary() -> None:
    assert mapping(DEAD_LETTERS, SMALL) == mapping(DEAD_LETTERS, LARGE)


async def test_many_workers_make_the_schema_at_once(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    await asyncio.gather(*(ensure_schema(es, vocabulary) for _ in range(5)))
    await ensure_schema(es, vocabulary)
    for alias in BODIES:
        name = index_name(alias, vocabulary.vocabulary_id)
        assert list(await es.indices.get_alias(name=alias)) == [name]
        settings = (await es.indices.get_settings(index=name))[name]["settings"]["index"]
        assert settings["gc_deletes"] == "1d"
        assert settings["refresh_interval"] == "1s"
        assert settings.get("sort", {}).get("field", []) == sort_settings(alias).get(
            "sort.field", []
        )
        stored = (await es.indices.get_mapping(index=name))[name]["mappings"]
        assert set(stored["properties"]) == set(mapping(alias, vocabulary)["properties"])


async def test_the_aliases_follow_the_vocabulary(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    other = from_lines(vocabulary.name, ["western"])
    await ensure_schema(es, vocabulary)
    assert not await has_indices(es, other)
    await ensure_indices(es, other)
    assert await has_indices(es, other)
    await pause_refreshing(es, other)
    assert list(await es.indices.get_alias(name=MOVIES)) == [
        index_name(MOVIES, vocabulary.vocabulary_id)
    ]
    await ensure_schema(es, other)
    try:
        index = index_name(FRAMES, other.vocabulary_id)
        found = (await es.indices.get_settings(index=index))[index]["settings"]["index"]
        assert found["refresh_interval"] == "1s"
        assert list(await es.indices.get_alias(name=MOVIES)) == [
            index_name(MOVIES, other.vocabulary_id)
        ]
    finally:
        await ensure_schema(es, vocabulary)
        for alias in (MOVIES, MOVIE_TAGS, FRAMES):
            name = index_name(alias, other.vocabulary_id)
            await es.indices.delete(index=name)
            await es.indices.delete_index_template(name=f"movietag-{name}")


async def test_an_index_of_another_schema_is_refused(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    name = index_name(MOVIES, vocabulary.vocabulary_id)
    there = {"properties": {"title": {"type": "keyword"}}}
    await es.indices.create(index=name, mappings=there)
    said = f"Index {name} .* has another schema: title has type 'keyword', not 'text'"
    with pytest.raises(UsageError, match=said):
        await ensure_schema(es, vocabulary)


@pytest.mark.parametrize("count", [1, MOST_FIELD_TAGS, MOST_FIELD_TAGS + 1, 5000])
async def test_the_server_takes_vocabularies_of_any_size(
    es: AsyncElasticsearch, count: int
) -> None:
    vocabulary = from_lines("size", [f"tag {n}" for n in range(count)])
    name = f"movies-test-size-{count}"
    await es.options(ignore_status=404).indices.delete(index=name)
    try:
        await es.indices.create(index=name, mappings=mapping(MOVIES, vocabulary))
        stored = (await es.indices.get_mapping(index=name))[name]["mappings"]["properties"]
        has_field = field_name("tag 0") in stored["tags"].get("properties", {})
        assert has_field == (count <= MOST_FIELD_TAGS)
    finally:
        await es.indices.delete(index=name)
