"""Vectors of frames: in documents, in the index stage's writing, and given to frames later."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch
from support import sample_movies
from support.filled_index import fill

from movietag.documents import FRAMES, MOVIES, VERSIONS, index_name
from movietag.embedding.embedder import Embedder
from movietag.embedding.vectors import vector_numbers
from movietag.records import Document
from movietag.search.index.embedding_frames import embed_frames
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.vectors import VectorWriter, add_vectors
from movietag.search.index.writer import write_bulk
from movietag.search.indices import Indices
from movietag.vocabulary import Vocabulary

FRAME = next(sample_movies.frame_bodies(sample_movies.SAMPLES[0]))


class Lengths:
    """A model that says of a text how long it is."""

    dimensions = 3

    def __init__(self, name: str = "lengths_01") -> None:
        self.name = name
        self.asked: list[str] = []

    def embed(self, text: str) -> bytes:
        self.asked.append(text)
        return bytes([127, len(text) % 128, 3])


def document(body: bytes, index: str = "frames-x-1") -> Document:
    return Document(index, "a", 5, msgspec.Raw(body))


def test_only_captioned_frames_get_vectors() -> None:
    model = Lengths()
    left = [
        document(b'{"caption":"a"}', index="movies-x-1"),
        document(b'{"caption":"  "}'),
        document(b'{"caption":7}'),
        document(b'{"tags":[]}'),
        document(b"[1"),
        document(b"[" * 100_000),
        Document("frames-x-1", "a", 6),
    ]
    assert add_vectors(left, Embedder(lambda: model)) == left
    assert model.asked == []


def test_the_rest_of_a_document_stays_and_again_is_the_same() -> None:
    model = Lengths()
    body = b'{"time": 1.50,"caption":"a dog","vectors":{"older_1":[1]}}'
    (once,) = add_vectors([document(body)], Embedder(lambda: model))
    assert (once.version, once.doc_id) == (5, "a")
    assert b'"time":1.50' in bytes(once.body)  # byte for byte, not read and written
    assert json.loads(bytes(once.body)) == {
        "time": 1.5,
        "caption": "a dog",
        "vectors": {"lengths_01": [127, 5, 3]},
    }
    assert add_vectors([once, document(body)], Embedder(lambda: model)) == [once, once]


class TestOnAServer:
    async def test_the_field_comes_with_the_first_vector(
        self, es: AsyncElasticsearch, vocabulary: Vocabulary
    ) -> None:
        await ensure_schema(es, vocabulary)
        index = index_name(FRAMES, vocabulary.vocabulary_id)
        writer = VectorWriter(es, Embedder(Lengths))
        frame = sample_movies.document(FRAMES, "one", FRAME, vocabulary)
        assert await write_bulk(es, await writer.add([frame])) == []
        await ensure_schema(es, vocabulary)  # of whoever knows nothing of vectors
        found = (await es.indices.get_mapping(index=index))[index]["mappings"]
        assert found["_meta"]["schema"] == VERSIONS[FRAMES]
        mapped = found["properties"]["vectors"]["properties"]["lengths_01"]
        assert (mapped["element_type"], mapped["dims"], mapped["similarity"]) == (
            "byte",
            3,
            "cosine",
        )

    async def test_an_index_made_anew_gets_its_field_anew(
        self, es: AsyncElasticsearch, vocabulary: Vocabulary
    ) -> None:
        await ensure_schema(es, vocabulary)
        index = index_name(FRAMES, vocabulary.vocabulary_id)
        writer = VectorWriter(es, Embedder(Lengths))
        frame = sample_movies.document(FRAMES, "one", FRAME, vocabulary)
        complete = await writer.add([frame])
        await es.indices.delete(index=index)
        await ensure_schema(es, vocabulary)
        rejected = await write_bulk(es, complete)
        assert writer.lost(rejected)
        assert await write_bulk(es, await writer.add([frame])) == []
        assert not writer.lost([])

    async def test_without_an_embedder_nothing_changes(
        self, es: AsyncElasticsearch, vocabulary: Vocabulary
    ) -> None:
        frames = [sample_movies.document(FRAMES, "one", FRAME, vocabulary)]
        assert await VectorWriter(es, None).add(frames) == frames

    async def test_frames_get_theirs_later(
        self, es: AsyncElasticsearch, vocabulary: Vocabulary
    ) -> None:
        await fill(es, vocabulary)
        indices, model = Indices(es, vocabulary.vocabulary_id), Lengths()
        index = index_name(FRAMES, vocabulary.vocabulary_id)
        before = await stored(es, index)
        said: list[tuple[int, int]] = []
        done = await embed_frames(indices, Embedder(lambda: model), lambda *at: said.append(at))
        assert (done.embedded, done.refused, done.without) == (len(before), 0, 0)
        assert said[-1] == (len(before), len(before))
        after = await stored(es, index)
        assert after == before  # and beside it:
        for caption in {body["caption"] for _, body in after.values()}:
            asked = vector_numbers(model.embed(caption.strip()))
            found = await near(es, index, "vectors.lengths_01", asked)
            assert caption in found
            assert {len(one.strip()) for one in found} == {len(caption.strip())}
        movies = index_name(MOVIES, vocabulary.vocabulary_id)
        found = (await es.indices.get_mapping(index=movies))[movies]["mappings"]
        assert "vectors" not in found["properties"]
        again = await embed_frames(indices, Embedder(lambda: model), lambda *at: said.append(at))
        assert (again.embedded, again.without) == (0, 0)
        # A replay of the same document from the topic changes nothing, a newer one stands.
        old = list(sample_movies.library(vocabulary))
        assert await write_bulk(es, old) == []
        assert await stored(es, index) == after
        frame = next(one for one in old if one.index == index)
        newer = msgspec.structs.replace(frame, version=2)
        assert await write_bulk(es, [newer]) == []
        assert await write_bulk(es, [frame], in_place=True) == []
        await es.indices.refresh(index=index)
        assert (await stored(es, index))[frame.doc_id][0] == 2
        other = await embed_frames(indices, Embedder(lambda: Lengths("other_02")), lambda *_: None)
        assert other.embedded == len(before)
        await es.indices.refresh(index=index)
        assert await near(es, index, "vectors.lengths_01", asked) == []
        assert await near(es, index, "vectors.other_02", asked)

    async def test_cut_short_it_goes_on(
        self, es: AsyncElasticsearch, vocabulary: Vocabulary
    ) -> None:
        await fill(es, vocabulary)
        indices = Indices(es, vocabulary.vocabulary_id)

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await embed_frames(indices, Embedder(Lengths), stop)
        rest = await embed_frames(indices, Embedder(Lengths), lambda *_: None)
        assert rest.embedded == rest.frames - 100
        assert rest.without == 0


async def stored(es: AsyncElasticsearch, index: str) -> dict[str, tuple[int, dict[str, Any]]]:
    """Version and body of each document."""
    await es.indices.refresh(index=index)
    answer = await es.search(index=index, size=1000, version=True, seq_no_primary_term=False)
    return {hit["_id"]: (hit["_version"], hit["_source"]) for hit in answer["hits"]["hits"]}


async def near(es: AsyncElasticsearch, index: str, field: str, vector: list[int]) -> list[str]:
    """The captions of all frames that have just this vector."""
    knn = {"field": field, "query_vector": vector, "k": 500, "num_candidates": 1000}
    answer = await es.search(index=index, knn={**knn, "similarity": 0.999995}, size=500)
    return [hit["_source"]["caption"] for hit in answer["hits"]["hits"]]
