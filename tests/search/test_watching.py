"""Titles without a movie: on their way, refused, or not coming, on real servers; and servers that are away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import TopicPartition

from movietag import awaiting, topics
from movietag.adding import send_titles
from movietag.awaiting import backlog
from movietag.cli.watch import WatchedTitles, follow
from movietag.documents import LetterBody
from movietag.errors import TransientError
from movietag.kafka.clients import create_topics, make_consumer
from movietag.letters.documents import body_document
from movietag.local.stack import Stack
from movietag.search.client import connected
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings
from movietag.stages import entry

PATIENCE = 120.0  # of one look, on a machine at work


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[str]:
    """The address of a Kafka whose consumer groups are this file's."""
    home = tmp_path_factory.mktemp("watching")
    stack = Stack(Settings(home=home, port_base=next(port_bases)))
    stack.start(only=("kafka",))
    asyncio.run(create_topics(stack.settings))
    yield stack.settings.kafka_address
    stack.down()
    stack.reset()


@pytest.fixture
def settings(
    library: Settings, own_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    monkeypatch.setattr(awaiting, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(awaiting, "SEEN_SECONDS", 0.0)
    monkeypatch.setattr(awaiting, "KAFKA_SECONDS", PATIENCE)
    return library.model_copy(update={"kafka": own_kafka})


async def commit(settings: Settings, stage: str, *, behind: int = 0) -> None:
    """Commit what a stage would: all that its topic holds, or all but the newest messages."""
    partitions = [
        TopicPartition(topic.name, n)
        for topic in entry(stage).committed
        for n in range(settings.kafka_partitions)
    ]
    async with make_consumer(settings, group_id=f"movietag-{stage}") as consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.commit({one: max(0, end - behind) for one, end in ends.items()})


async def states(watched: WatchedTitles) -> list[str]:
    """What each title is said to be, by now."""
    await watched.look(PATIENCE)
    return [getattr(one, "state", "movie") for one in watched.items]


@asynccontextmanager
async def letter_of(settings: Settings, movie_id: str | None, text: str) -> AsyncIterator[None]:
    """A dead letter of a title; without a movie's id it could not be read."""
    body = LetterBody(
        letter_id=f"movietag.titles/0/{time.time_ns()}/plan",
        stage="plan",
        topic=topics.TITLES.name,
        partition=0,
        offset=1,
        error="bad-title",
        reason="The year lies in the future.",
        attempts=1,
        history=(),
        movie_id=movie_id,
        preview=text,
        size=len(text),
        letter_partition=0,
        letter_offset=1,
        at_ms=int(time.time() * 1000),
    )
    written = body_document(body)
    async with connected(settings) as es:
        await write_bulk(es, [written])
        await es.indices.refresh(index="dead_letters")
        try:
            yield
        finally:  # its topic does not have it: others, who have their letters deleted, would miss it
            await es.delete(index=written.index, id=written.doc_id, refresh=True)


@pytest.mark.slow
async def test_what_becomes_of_titles(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    watched = WatchedTitles(settings, ["Up", "Nowhere (1999)"])
    assert await states(watched) == ["movie", "not coming"]
    assert watched.ended
    assert not watched.finished

    await send_titles(settings, [b"Nowhere (1999)"])
    watched = WatchedTitles(settings, ["Up", "Nowhere (1999)"])
    for _ in range(2):
        assert await states(watched) == ["movie", "waiting"]
    assert watched.outage.startswith("No plan stage runs")
    async with make_consumer(settings, group_id="movietag-plan") as plan:
        plan.subscribe([topics.TITLES.name])
        await plan.getone()
        await states(watched)
        assert (watched.outage, watched.ended) == ("", False)

    await commit(settings, "plan", behind=1)
    assert not (await backlog(settings)).idle
    await commit(settings, "plan")
    assert (await backlog(settings)).idle
    async with letter_of(settings, None, "Nowhere (1999)"):
        assert await states(WatchedTitles(settings, ["Nowhere (1999)"])) == ["refused"]
        assert await states(WatchedTitles(settings, ["Nowhere (1998)"])) != ["refused"]
        assert not await follow(settings, ["Nowhere (1999)"], wait=True)
    assert "The year lies in the future. (bad-title)" in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize("away", ["elasticsearch", "kafka"])
async def test_a_stack_that_is_away_ends_the_watch(library: Settings, away: str) -> None:
    nowhere = {"elasticsearch": "http://127.0.0.1:9", "kafka": "127.0.0.1:9"}
    settings = library.model_copy(update={"kafka": nowhere["kafka"], away: nowhere[away]})
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9"):
        await follow(settings, ["Nowhere (1999)"], wait=True, outage_seconds=PATIENCE / 100)
