"""Batches that cannot be read, met by our consumers on a real Kafka, and skipped."""

from __future__ import annotations

import secrets

import pytest
from aiokafka import TopicPartition
from support.commands import run_movietag
from support.corrupt_batches import (
    Damage,
    batches_of,
    damage,
    damaged_codec,
    endless,
    unknown_codec,
    wrong_checksum,
    zeroed,
    zeroed_records,
)

from movietag import topics
from movietag.errors import UsageError
from movietag.kafka import fetcher
from movietag.kafka.clients import create_topics, make_consumer
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.letters.skipping import skip_batch
from movietag.local.stack import Stack
from movietag.settings import Settings

PARTITION = 5
TOPIC = topics.TRIES.name  # of no consequence to other tests


@pytest.fixture
async def settings(kafka: Stack) -> Settings:
    await create_topics(kafka.settings)
    return kafka.settings


async def log_end(settings: Settings, partition: int = PARTITION) -> int:
    place = TopicPartition(TOPIC, partition)
    async with make_consumer(settings) as consumer:
        return int((await consumer.end_offsets([place]))[place])


async def read(settings: Settings, first: int, partition: int = PARTITION) -> list[bytes]:
    """All values from an offset to the end of the log."""
    place = TopicPartition(TOPIC, partition)
    found = []
    async with make_consumer(settings) as consumer:
        consumer.assign([place])
        consumer.seek(place, first)
        last = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < last:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                found += [record.value for record in records]
    return found


async def written(
    settings: Settings, how: Damage, codec: str = "none", partition: int = PARTITION
) -> tuple[int, list[bytes], bytes]:
    """Three batches of two messages, the middle one damaged: its offset, all values, its bytes."""
    run = secrets.token_hex(4)
    values = [f"{run} {number} {'x' * 40}".encode() for number in range(6)]
    offset = await log_end(settings, partition) + 2
    batches_of(settings, TOPIC, partition, [values[:2], values[2:4], values[4:]], codec)
    return offset, values, damage(settings, TOPIC, partition, offset, how)


@pytest.mark.parametrize("codec", ["none", "zstd"])
@pytest.mark.parametrize("how", [wrong_checksum, unknown_codec, damaged_codec, zeroed_records])
async def test_just_the_damaged_batch_is_skipped(
    settings: Settings, how: Damage, codec: str
) -> None:
    offset, values, content = await written(settings, how, codec)
    with pytest.raises(UnreadableBatchError) as error:
        await read(settings, offset - 2)
    place = (error.value.topic, error.value.partition, error.value.offset)
    assert place == (TOPIC, PARTITION, offset)
    assert f"movietag topics skip {TOPIC} {PARTITION} {offset}" in str(error.value)

    done = await skip_batch(settings, *place)
    assert (done.skip.first, done.skip.until, done.before) == (offset, offset + 2, False)
    assert done.size == len(content)
    assert not done.hidden
    assert await read(settings, offset - 2) == values[:2] + values[4:]

    again = await skip_batch(settings, *place)
    assert (again.skip, again.before) == (done.skip, True)


@pytest.mark.parametrize(("how", "partition"), [(zeroed, 6), (endless, 7)])
async def test_what_kafka_cannot_read_either_is_skipped_up_to_where_it_can(
    settings: Settings, how: Damage, partition: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka finds the batches of 4 KB by way of each other; what lies behind them it finds again."""
    monkeypatch.setattr(fetcher, "SILENT_SECONDS", 1.0)
    offset, values, content = await written(settings, how, partition=partition)
    large, *found = [bytes(5000), b"the first that Kafka finds", b"the next"]
    batches_of(settings, TOPIC, partition, [[large], *([value] for value in found)])
    with pytest.raises(UnreadableBatchError) as error:
        await read(settings, offset - 2, partition)
    assert error.value.offset == offset
    done = await skip_batch(settings, TOPIC, partition, offset)
    assert done.skip.until == offset + len(values[2:]) + 1
    assert done.hidden
    assert done.size >= len(content)  # with what lies behind it in the file
    assert await read(settings, offset - 2, partition) == values[:2] + found


async def test_what_can_be_read_is_not_skipped(settings: Settings) -> None:
    first = await log_end(settings)
    batches_of(settings, TOPIC, PARTITION, [[b"one"]])
    with pytest.raises(UsageError, match="can be read"):
        await skip_batch(settings, TOPIC, PARTITION, first)


async def test_the_command_refuses_what_is_no_place(settings: Settings) -> None:
    last = await log_end(settings)
    for arguments, reason in (
        ((TOPIC, str(PARTITION), str(last + 7)), "has no offset"),
        ((TOPIC, "99", "0"), "has partitions 0 to 7"),
        (("movietag-plan-facts-changelog", "0", "0"), "restore this topic"),
        (("movietag-count-abc-e1-facts-changelog", "0", "0"), "movietag recount"),
    ):
        done = run_movietag(settings, "topics", "skip", *arguments)
        assert done.returncode == 2
        assert reason in done.stderr
