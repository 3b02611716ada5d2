"""A ledger's changelog that is deleted or emptied under a running stage: nothing of the ledger is lost."""

from __future__ import annotations

import msgspec
import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from support.commands import until
from support.records import caption, manifest, plan
from support.stage_http import Asked
from support.stage_processes import running
from support.topic_reading import Log

from movietag import topics
from movietag.kafka.clients import admin, create_topics, make_producer
from movietag.kafka.epochs import count_changelog
from movietag.kafka.lag import first_and_end
from movietag.kafka.whole import partitions_of
from movietag.records import Document, Fact, MovieId, decode, encode
from movietag.settings import Settings
from movietag.vocabulary import load

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]

CHANGELOG = count_changelog(load("mpst").vocabulary_id, 0)
SLOTS = 3


async def send(settings: Settings, movie: str, facts: list[Fact]) -> None:
    async with make_producer(settings) as producer:
        for fact in facts:
            own = msgspec.structs.replace(fact, movie_id=MovieId(movie))
            await producer.send_and_wait(topics.CAPTIONS.name, encode(own), movie.encode())


class Shown:
    """The images of each movie, as the last of its documents says."""

    def __init__(self, settings: Settings) -> None:
        self._log = Log(settings, topics.DOCUMENTS.name)
        self.images: dict[str, int] = {}

    async def begin(self) -> None:
        await self._log.begin()

    async def are(self, **images: int) -> None:
        async def seen() -> bool | None:
            async for _, value, _, _ in self._log.read():
                document = decode(Document, value)
                body = msgspec.json.decode(document.body) if document.body else {}
                if "images" in body:
                    self.images[body["movie_id"]] = body["images"]
            return True if self.images == images else None

        await until(seen, 120)


async def lose_records(settings: Settings) -> None:
    """As an operator's retention would."""
    async with admin(settings) as client:
        policy = ConfigResource(
            ConfigResourceType.TOPIC, CHANGELOG, {"cleanup.policy": "compact,delete"}
        )
        await client.alter_configs([policy])
        places = partitions_of(CHANGELOG, settings.kafka_partitions)
        _, ends = await first_and_end(settings, places)
        await client.delete_records({at: RecordsToDelete(end) for at, end in ends.items() if end})


async def test_a_ledger_outlives_its_topic(own_kafka: Settings) -> None:
    await create_topics(own_kafka)
    shown = Shown(own_kafka)
    await shown.begin()
    begun: list[Fact] = [plan("a", wanted=1), manifest("a", SLOTS), caption("a", 0, "'murder'.")]
    with running("count", own_kafka) as stage:
        asked = Asked(own_kafka, "count")
        await asked.until("state.ready", 120)
        for movie in ("first", "second", "third"):
            await send(own_kafka, movie, begun)
        await shown.are(first=1, second=1, third=1)

        async with admin(own_kafka) as client:
            await client.delete_topics([CHANGELOG])
        await stage.says("is whole again", 1, 120)
        assert "was deleted" in stage.log
        await send(own_kafka, "first", [caption("a", 1, "'murder'.")])
        await shown.are(first=2, second=1, third=1)
        await asked.until("state.ready", 120)
        stage.kill_and_start()
        await asked.until("state.ready", 120)
        await send(own_kafka, "second", [caption("a", 1, "'murder'.")])
        await shown.are(first=2, second=2, third=1)

        await lose_records(own_kafka)
        await stage.says("is whole again", 2, 120)
        assert "has lost records" in stage.log
        stage.kill_and_start()
        await asked.until("state.ready", 120)
        await send(own_kafka, "third", [caption("a", 1, "'murder'.")])
        await send(own_kafka, "first", [caption("a", 2, "'murder'.")])
        await shown.are(first=3, second=2, third=2)

        stage.process.kill()
        stage.process.wait()
        async with admin(own_kafka) as client:
            await client.delete_topics([CHANGELOG])
        await create_topics(own_kafka, {CHANGELOG: topics.LEDGER})
        async with make_producer(own_kafka) as producer:
            await producer.send_and_wait(CHANGELOG, b"", b"somebody's|1", 0)
        stage.kill_and_start()
        state = await asked.until("'lacks rows' in ''.join(state.reasons)", 120)
        assert "movietag recount" in state.reasons[0]
        assert stage.log.count("lacks rows") == 1  # a line for each state, not for each look
