"""A few movies whose captions say what they show, with their vectors, on a running Elasticsearch."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch

from movietag.documents import FRAMES, MOVIES, FrameBody
from movietag.embedding.embedder import Embedder, embedder_of
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.vectors import VectorWriter
from movietag.search.index.writer import write_bulk
from movietag.search.reader import Reader
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load
from support import sample_movies
from support.filled_index import aliases_of, clean_up
from support.sample_movies import Sample

CAPTIONS = {
    "heat": [
        "A man drives a car at high speed through the streets of the city",
        "Two cars race side by side while policemen shoot at them",
        "Men in masks carry bags of money out of a bank",
        "Two men drink coffee in a diner and talk",
    ],
    "jaws": [
        "A woman and her children play in the sand by the ocean",
        "A shark swims under a small boat",
        "A crowd runs out of the water in panic",
    ],
    "ivanhoe": [
        "Two knights fight with swords in front of a castle",
        "A king sits on his throne among his guards",
        "Guests dance around the bride and the groom",
    ],
    "mars": [
        "A spaceship flies past a red planet",
        "An astronaut repairs an antenna outside the station",
    ],
    "rain": [
        "A couple kisses in the rain",
        "The inspector looks at a body on the kitchen floor",
        "An old woman feeds a cat and a dog in the garden",
    ],
}
YEARS = {"heat": 1995, "jaws": 1975, "ivanhoe": 1952, "mars": 2015, "rain": 1952}
HORROR = {"jaws", "rain"}  # their first two frames show it
APART = 10  # slots from one frame to the next, so that each is a scene
MINILM = embedder_of("minilm")  # loaded once for all tests of a process


@pytest.fixture(scope="module")
def meant(
    elasticsearch: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The settings of an Elasticsearch with these movies."""
    tags = tmp_path_factory.mktemp("vocabulary") / f"test-{uuid.uuid4().hex[:12]}.txt"
    tags.write_text("horror\ncomedy\nwestern", "utf-8")
    settings = Settings(**elasticsearch, vocabulary=str(tags), embedder="minilm")

    async def fill_it() -> dict[str, str]:
        async with connected(settings) as es:
            aliases = await aliases_of(es)
            await fill(es, load(settings.vocabulary), MINILM)
            return aliases

    async def empty_it() -> None:
        async with connected(settings) as es:
            await clean_up(es, load(settings.vocabulary), aliases)

    aliases = asyncio.run(fill_it())
    yield settings
    asyncio.run(empty_it())


@pytest.fixture
async def captioned(meant: Settings) -> AsyncIterator[Reader]:
    async with connected(meant) as es:
        floors = (meant.embedder_floor, meant.embedder_tag_floor)
        yield Reader(
            es, load(meant.vocabulary), meant.not_cut, MINILM, floors[0], tag_floor=floors[1]
        )


async def fill(es: AsyncElasticsearch, vocabulary: Vocabulary, embedder: Embedder | None) -> None:
    """Write the movies and their frames, as the index stage does with this embedder."""
    await ensure_schema(es, vocabulary)
    documents = []
    for sample, frames in samples():
        body = sample_movies.movie_body(sample, vocabulary)
        documents.append(sample_movies.document(MOVIES, sample.movie_id, body, vocabulary))
        for frame in frames:
            key = f"{sample.movie_id}~{frame.slot}"
            documents.append(sample_movies.document(FRAMES, key, frame, vocabulary))
    assert await write_bulk(es, await VectorWriter(es, embedder).add(documents)) == []
    await es.indices.refresh(index=f"*-{vocabulary.vocabulary_id}-*")


def samples() -> Iterator[tuple[Sample, list[FrameBody]]]:
    for movie, captions in CAPTIONS.items():
        tags = {"horror": 2} if movie in HORROR else {}
        sample = Sample(movie, movie.title(), YEARS[movie], len(captions), tags)
        frames = zip(sample_movies.frame_bodies(sample), captions, strict=True)
        yield (
            sample,
            [
                msgspec.structs.replace(
                    body, caption=caption, video_id="demo:a", slot=APART * body.slot
                )
                for body, caption in frames
            ],
        )
