"""The index stage with an embedder: what it writes is found by its meaning, killed or not."""

from __future__ import annotations

import secrets

import msgspec
import pytest
from support import sample_movies
from support.commands import until
from support.stage_processes import running

from movietag import topics
from movietag.documents import FRAMES
from movietag.embedding.embedder import embedder_of
from movietag.kafka.clients import create_topics, make_producer
from movietag.local.stack import Stack
from movietag.records import Document, encode
from movietag.search.client import connected
from movietag.search.reader import Reader
from movietag.search.results import Scene
from movietag.search.scenes import SceneSearch, scenes
from movietag.vocabulary import load

SAID = ["A couple kisses in the rain", "A spaceship flies past a red planet"]


def document(run: str, slot: int, caption: str) -> Document:
    (frame, *_) = sample_movies.frame_bodies(sample_movies.SAMPLES[0])
    body = msgspec.structs.replace(frame, movie_id=f"m-{run}", slot=10 * slot, caption=caption)
    return sample_movies.document(FRAMES, f"m-{run}~{slot}", body, load("mpst"))


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_frames_are_found_by_their_meaning(stack: Stack) -> None:
    run = secrets.token_hex(4)
    settings = stack.settings.model_copy(update={"embedder": "minilm"})
    await create_topics(settings)
    async with connected(settings) as es, make_producer(settings) as producer:
        library = Reader(es, load("mpst"), 0.1, embedder_of("minilm"), settings.embedder_floor)
        where = library.parse(f'about:"romantic embrace" movie:m-{run}', "frames")

        async def sent(*documents: Document) -> None:
            for one in documents:
                await producer.send_and_wait(topics.DOCUMENTS.name, encode(one), key=one.key)

        async def best() -> Scene | None:
            """The first scene, once all are written."""
            await es.indices.refresh(index="frames-*")
            there = await es.count(index="frames", query={"term": {"movie_id": f"m-{run}"}})
            if there["count"] < 3:
                return None
            return (await scenes(library, SceneSearch(where))).scenes[0]

        with running("index", settings) as stage:
            await stage.works()
            await sent(*(document(run, slot, said) for slot, said in enumerate(SAID)))
            stage.kill_and_start()
            await sent(document(run, 2, "A dog sleeps"))
            found = await until(best, 120)
            assert stage.stop() == 0
    assert found.caption == SAID[0]
    assert not isinstance(found.about, msgspec.UnsetType)
    assert (found.about.meaning, found.about.words) == (1, None)


async def test_a_model_that_is_not_there_is_told_at_the_start(stack: Stack) -> None:
    settings = stack.settings.model_copy(update={"embedder": "/nowhere"})
    await create_topics(settings)
    with running("index", settings) as stage:
        assert await stage.ended(120) != 0
        assert "/nowhere needs a model.onnx" in stage.log
        assert "Traceback" not in stage.log
