"""Partitions are added to topics in use: refused while work is left, cut short and repeated, rows moved once."""

from __future__ import annotations

import pytest
from support.commands import run_movietag

from movietag import topics
from movietag.errors import UsageError
from movietag.kafka.clients import admin, create_topics, make_consumer, make_producer
from movietag.kafka.incarnations import read_incarnations
from movietag.kafka.ledger_marks import WHOLE
from movietag.kafka.repartition import repartition
from movietag.kafka.topic_ids import known_topics
from movietag.kafka.whole import partitions_of, read_whole
from movietag.kafka.widening import key_partition
from movietag.settings import Settings
from movietag.streams.ledger.opening import OPENED

pytestmark = [pytest.mark.servers, pytest.mark.slow]

LEDGER = f"{topics.stage_group('plan')}-plans-changelog"
GROUP = topics.stage_group("plan")
PAGES = {
    f"movie-{number}|worker|{page}".encode(): b"%d" % page
    for number in range(40)
    for page in (1, 2)
}


class Cut(Exception):  # noqa: N818  # as a kill
    pass


def home(key: bytes, partitions: int) -> int:
    return key_partition(key.partition(b"|")[0], partitions)


async def lying(settings: Settings, partitions: int) -> dict[bytes, tuple[int, bytes]]:
    """Each row of the ledger with its partition; no row twice."""
    found: dict[bytes, tuple[int, bytes]] = {}
    async with make_consumer(settings) as consumer:
        for at in partitions_of(LEDGER, partitions):
            rows: dict[bytes, bytes | None] = {}
            async for records in read_whole(consumer, [at]):
                rows |= {record.key: record.value for record in records}
            here = {key: value for key, value in rows.items() if value and key != WHOLE}
            assert not here.keys() & found.keys()
            found |= {key: (at.partition, value) for key, value in here.items()}
    return found


def silent(line: str) -> None: ...


async def test_partitions_are_added_once_all_is_done(own_kafka: Settings) -> None:
    with pytest.raises(UsageError, match="does not exist yet"):
        await repartition(own_kafka, 32, silent)
    await create_topics(own_kafka, {LEDGER: topics.LEDGER})
    async with make_producer(own_kafka) as producer:
        await producer.send_and_wait(LEDGER, b"", OPENED, 0)
        for key, page in PAGES.items():
            await producer.send_and_wait(LEDGER, page, key, home(key, 8))
        for number in range(40):
            key = f"movie-{number}".encode()
            await producer.send_and_wait(topics.REQUESTS.name, b"{}", key)
    for number in (4, 8, 12):
        with pytest.raises(UsageError, match="have 8 partitions; give a multiple"):
            await repartition(own_kafka, number, silent)
    with pytest.raises(UsageError, match=r"left to be done: movietag-plan 40\."):
        await repartition(own_kafka, 32, silent)
    async with make_consumer(own_kafka, group_id=GROUP) as consumer:
        consumer.subscribe([topics.REQUESTS.name])
        read = 0
        while read < 40:
            read += sum(map(len, (await consumer.getmany(timeout_ms=500)).values()))
        await consumer.commit()
        with pytest.raises(UsageError, match="movietag-plan has members"):
            await repartition(own_kafka, 32, silent)
    before = await read_incarnations(own_kafka, [topics.REQUESTS.name])
    assert before[topics.REQUESTS.name].widenings == ()

    def cut(line: str) -> None:
        raise Cut

    for _ in range(2):  # killed when partitions are there, and no row is moved
        with pytest.raises(Cut):
            await repartition(own_kafka, 32, cut)
        with pytest.raises(UsageError, match="movietag topics repartition 32"):
            await read_incarnations(own_kafka, [])  # as each stage does when it starts
    with pytest.raises(UsageError, match="raised to 32: finish that first"):
        await repartition(own_kafka, 64, silent)
    lines: list[str] = []
    away = sum(home(key, 8) != home(key, 32) for key in PAGES)
    assert away > 20
    assert await repartition(own_kafka, 32, lines.append) == away
    rows = await lying(own_kafka, 32)
    assert rows == {key: (home(key, 32), page) for key, page in PAGES.items()}
    async with admin(own_kafka) as client:
        names = [*topics.BY_NAME, LEDGER]
        known = await known_topics(client._client, names)
    assert {known[name].partitions for name in names} == {32}
    await add_more(own_kafka)


async def add_more(own_kafka: Settings) -> None:
    """What is known of the 32 partitions, and 64, by the command."""
    now = await read_incarnations(own_kafka, [topics.REQUESTS.name])
    (widening,) = now[topics.REQUESTS.name].widenings
    assert (sum(widening.ends), len(widening.ends), widening.partitions) == (40, 8, 32)
    wide = own_kafka.model_copy(update={"kafka_partitions": 32})
    await create_topics(wide)
    with pytest.raises(UsageError, match="set MOVIETAG_KAFKA_PARTITIONS=32"):
        await create_topics(own_kafka)
    again = run_movietag(wide, "topics", "repartition", "64")
    assert again.returncode == 0, again.stderr
    assert "Set MOVIETAG_KAFKA_PARTITIONS=64" in again.stdout
    rows = await lying(wide, 64)
    assert rows == {key: (home(key, 64), page) for key, page in PAGES.items()}
