"""Reading changelogs on a real Kafka."""

from __future__ import annotations

import secrets

import pytest
from support.corrupt_batches import CODEC, batch_at, batches_of

from movietag.kafka.clients import create_topics, make_producer
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.streams.ledger.changelog import ChangelogReader

Row = tuple[int, bytes, bytes | None]


async def write(settings: Settings, topic: str, rows: list[Row]) -> None:
    async with make_producer(settings) as producer:
        for partition, key, page in rows:
            await producer.send_and_wait(topic, page, key, partition)


async def test_a_changelog_is_read_to_its_end_and_gone_on_with(kafka: Stack) -> None:
    topic = f"test-{secrets.token_hex(4)}-changelog"
    await create_topics(kafka.settings, {topic: {"cleanup.policy": "compact"}})
    read: list[Row] = []
    reader = ChangelogReader(
        kafka.settings, topic, lambda at, rows: read.extend((at, *row) for row in rows)
    )

    await reader.read([0, 1])
    assert read == []  # and it returned, although there is nothing

    first: list[Row] = [(at % 2, b"m|w|%d" % at, bytes(100)) for at in range(300)]
    await write(kafka.settings, topic, [*first, (2, b"n|w|1", b"not mine")])
    await reader.read([0, 1])
    assert sorted(read) == sorted(first)  # type: ignore[type-var]
    assert [row for row in read if row[0] == 1] == [row for row in first if row[0] == 1]

    await write(kafka.settings, topic, [(1, b"m|w|1", None)])
    read.clear()
    await reader.read([0, 1])
    assert read == [(1, b"m|w|1", None)]

    reader.keep([0])
    await reader.read([0, 1])
    assert len(read) == 1 + 150 + 1  # the other one from its beginning


@pytest.mark.parametrize(
    ("codec", "number"), [("none", 0), ("gzip", 1), ("snappy", 2), ("lz4", 3), ("zstd", 4)]
)
async def test_rows_are_read_however_they_are_packed(kafka: Stack, codec: str, number: int) -> None:
    """As a topic or a broker may say, whatever the stage's own producer sends."""
    topic = f"test-{secrets.token_hex(4)}-changelog"
    await create_topics(
        kafka.settings,
        {
            topic: {
                "cleanup.policy": "compact",
                "compression.type": "uncompressed" if codec == "none" else codec,
            }
        },
    )
    pages = [b"%d " % at + b"a page of facts " * 20 for at in range(50)]
    batches_of(kafka.settings, topic, 3, [pages])  # sent as they are, packed by the broker
    assert batch_at(kafka.settings, topic, 3, 0)[CODEC] & 7 == number
    read: list[bytes | None] = []
    reader = ChangelogReader(
        kafka.settings, topic, lambda at, rows: read.extend(page for _, page in rows)
    )
    await reader.read([3])
    assert read == pages
