"""Indices of earlier versions of movietag, on a real server."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch
from support import sample_movies

from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, index_name, older_names
from movietag.records import Document
from movietag.search.index.ensuring import ensure_indices, ensure_schema
from movietag.search.index.renewing import outdated, renew
from movietag.search.index.schema import mapping
from movietag.search.index.standalone import ensure_standalone
from movietag.search.index.writer import write_bulk
from movietag.search.query.nodes import Text, TitleWords
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.vocabulary import Vocabulary

SAMPLE = sample_movies.SAMPLES[0]


def movie(vocabulary: Vocabulary, **more: Any) -> Document:
    made = sample_movies.document(
        MOVIES, SAMPLE.movie_id, sample_movies.movie_body(SAMPLE, vocabulary), vocabulary
    )
    body = msgspec.json.decode(made.body) | more
    return msgspec.structs.replace(made, body=msgspec.Raw(msgspec.json.encode(body)))


async def test_fields_that_are_new_are_put_into_the_index_that_is_there(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    index = index_name(MOVIES, vocabulary.vocabulary_id)
    former = copy.deepcopy(mapping(MOVIES, vocabulary))
    del former["properties"]["attempt"]
    del former["properties"]["videos"]["properties"]["dropped"]
    former["_meta"] = {"schema": 3, "mapping": "of another version"}
    await es.indices.create(index=index, mappings=former)
    (refused,) = await write_bulk(es, [movie(vocabulary)])
    assert "strict" in refused.reason
    await ensure_schema(es, vocabulary)
    assert await write_bulk(es, [movie(vocabulary)]) == []
    found = (await es.indices.get_mapping(index=index))[index]["mappings"]
    assert found["_meta"] == mapping(MOVIES, vocabulary)["_meta"]


async def test_what_a_newer_version_has_put_there_stays(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    index = index_name(MOVIES, vocabulary.vocabulary_id)
    newer = copy.deepcopy(mapping(MOVIES, vocabulary))
    newer["properties"]["colour"] = {"type": "keyword"}
    newer["_meta"] = {"schema": 3, "mapping": "of a newer version"}
    await es.indices.create(index=index, mappings=newer)
    await ensure_schema(es, vocabulary)
    found = (await es.indices.get_mapping(index=index))[index]["mappings"]
    assert found["_meta"].items() >= newer["_meta"].items()
    assert await write_bulk(es, [movie(vocabulary, colour="red")]) == []


async def test_an_index_of_an_earlier_version_answers_until_the_new_one_is_filled(
    es: AsyncElasticsearch, vocabulary: Vocabulary
) -> None:
    own = (MOVIES, MOVIE_TAGS, FRAMES)
    old = {alias: older_names(alias, vocabulary.vocabulary_id)[0] for alias in own}
    now = {alias: index_name(alias, vocabulary.vocabulary_id) for alias in own}
    library = Reader(es, vocabulary, 0.1)
    try:
        for alias in own:
            former = copy.deepcopy(mapping(alias, vocabulary))
            for name in ("title_forms", "title_key"):
                former["properties"].pop(name, None)
            await es.indices.create(index=old[alias], mappings=former)
        made = movie(vocabulary, title="Of before")
        body = msgspec.json.decode(made.body)
        del body["title_forms"], body["title_key"]
        made = msgspec.structs.replace(made, body=msgspec.Raw(msgspec.json.encode(body)))
        assert await write_bulk(es, [msgspec.structs.replace(made, index=old[MOVIES])]) == []
        await ensure_indices(es, vocabulary)
        await ensure_schema(es, vocabulary)
        assert sorted(await outdated(es, vocabulary)) == sorted(old.values())
        assert await write_bulk(es, [movie(vocabulary, title="Of now")]) == []
        await es.indices.refresh(index=[old[MOVIES], now[MOVIES]])
        assert (await library.by_id(SAMPLE.movie_id)).title == "Of before"
        assert list(await es.indices.get_alias(name=MOVIES)) == [old[MOVIES]]
        for condition in (TitleWords("befo"), Text("of before")):
            assert (await library.movies(MovieSearch(condition))).total == 1  # sorted by title
        for _ in range(2):
            await renew(es, vocabulary)
            assert (await library.by_id(SAMPLE.movie_id)).title == "Of now"
            assert list(await es.indices.get_alias(name=MOVIES)) == [now[MOVIES]]
            assert await outdated(es, vocabulary) == []
            assert not await es.indices.exists(index=old[MOVIES])
        await ensure_schema(es, vocabulary)
        assert (await library.by_id(SAMPLE.movie_id)).title == "Of now"
    finally:
        for name in old.values():
            await es.options(ignore_status=404).indices.delete(index=name)


async def test_indices_of_no_vocabulary_get_what_is_new_too(es: AsyncElasticsearch) -> None:
    former = msgspec.defstruct("Former", [("name", str)])
    now = msgspec.defstruct("Now", [("name", str), ("made_ms", int)])
    document = Document("evaluations_alone-v1", "a", 1, msgspec.Raw(b'{"name":"a","made_ms":5}'))
    try:
        await ensure_standalone(es, "evaluations_alone-v1", "evaluations_alone", former)
        assert await write_bulk(es, [document])
        await ensure_standalone(es, "evaluations_alone-v1", "evaluations_alone", now)
        assert await write_bulk(es, [document]) == []
        await ensure_standalone(
            es, "evaluations_alone-v1", "evaluations_alone", former
        )  # of an older version
        found = await es.indices.get_mapping(index="evaluations_alone-v1")
        assert set(found["evaluations_alone-v1"]["mappings"]["properties"]) == {"name", "made_ms"}
    finally:
        await es.indices.delete(index="evaluations_alone-v1", ignore_unavailable=True)
