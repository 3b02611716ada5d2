"""Adds partitions to all topics while no stage runs, and moves the rows of ledgers to where their movies lie then.

Messages stay where they are: all are done, and facts are read from the former partitions, too
(``movietag.kafka.widening``). It may be killed at any moment and repeated: until it is done no stage starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from movietag import topics
from movietag.errors import TransientError, UsageError
from movietag.kafka.clients import admin, kafka_errors, make_consumer, make_producer
from movietag.kafka.incarnations import (
    MOST,
    UNDER_WAY,
    TopicIds,
    UnderWay,
    read_incarnations,
    read_topic_rows,
    write_topic_row,
)
from movietag.kafka.ledger_marks import WHOLE, WholeMark
from movietag.kafka.repartition_checks import (
    check_possible,
    partition_counts,
    refuse_members,
)
from movietag.kafka.table_check import ledgers_in
from movietag.kafka.topic_ids import NO_ID
from movietag.kafka.whole import partitions_of, read_whole
from movietag.kafka.widening import Widening, key_partition
from movietag.settings import Settings

SEPARATOR: Final = b"|"  # ends the movie's id in the key of a page
LOOKS, LOOK_SECONDS = 100, 0.3  # until all brokers know of a new partition

Say = Callable[[str], None]


async def repartition(settings: Settings, partitions: int, say: Say) -> int:
    """Raise the number of partitions of all topics and ledgers; returns how many rows of ledgers were moved.

    Args:
        settings: where Kafka is; their number of partitions is not read.
        partitions: a multiple of the present number.
        say: gets a line for each step.

    Raises:
        UsageError: a stage runs, something is left to do, or the number is impossible. Nothing was changed then.
        TransientError: Kafka is unreachable; repeated, the command continues.
    """
    with kafka_errors(settings):
        async with admin(settings) as client:
            under_way = await check_possible(settings, partitions)
            ledgers = ledgers_in(await client.list_topics())
            present = await partition_counts(client, [*topics.BY_NAME, *ledgers])
            await refuse_members(client)
            async with make_producer(settings) as producer:
                name = UNDER_WAY.decode()
                if not under_way:
                    ids = await read_incarnations(settings, topics.BY_NAME)
                    if NO_ID in {one.topic_id for one in ids.values()}:
                        raise UsageError(
                            "This needs a broker that gives topics ids: Kafka 3.0 or later."
                        )
                await write_topic_row(producer, name, UnderWay(partitions))
                await _record_ends(settings, producer, present, partitions)
                await _add(client, present, partitions)
                say(f"{len(present)} topics have {partitions} partitions.")
                moved = 0
                for ledger in ledgers:
                    for number in range(present[ledger], partitions):
                        await producer.send_and_wait(ledger, WholeMark().value, WHOLE, number)
                    moved += await _move(settings, producer, ledger, partitions)
                    say(f"{ledger}: all rows are where their movies lie.")
                await refuse_members(client)
                await write_topic_row(producer, name, UnderWay(partitions, done=True))
    return moved


async def _record_ends(
    settings: Settings, producer: AIOKafkaProducer, present: Mapping[str, int], partitions: int
) -> None:
    """Record where the partitions of the table's topics end, before any is added."""
    rows, _ = await read_topic_rows(settings)
    async with make_consumer(settings) as consumer:
        for name in sorted(topics.BY_NAME):
            row = rows[name]
            topic_id = row.ids[-1]
            if any(
                (one.topic_id, one.partitions) == (topic_id, partitions) for one in row.widenings
            ):
                continue
            if len(row.ids) + len(row.widenings) > MOST:
                raise UsageError(
                    f"Topic {name} was made again or got more partitions {MOST} times, more than its offsets"
                    " can express."
                )
            ends = await consumer.end_offsets(partitions_of(name, present[name]))
            numbers = tuple(ends[at] for at in sorted(ends))
            widening = Widening(topic_id, numbers, partitions)
            await write_topic_row(producer, name, TopicIds(row.ids, (*row.widenings, widening)))


async def _add(client: AIOKafkaAdminClient, present: Mapping[str, int], partitions: int) -> None:
    """Add partitions where they are missing; returns when the broker knows of all."""
    missing = [name for name, count in present.items() if count < partitions]
    for name in missing:
        await client.create_partitions({name: NewPartitions(partitions)})
    for _ in range(LOOKS):
        if set((await partition_counts(client, list(present))).values()) == {partitions}:
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise TransientError("Kafka does not show the new partitions yet; repeat the command.")


async def _move(
    settings: Settings, producer: AIOKafkaProducer, ledger: str, partitions: int
) -> int:
    """Copy the rows of a ledger that lie elsewhere than their movies, then delete them there; returns how many."""
    moved = 0
    for at in partitions_of(ledger, partitions):
        rows = await _rows(settings, at)
        homes = {key: key_partition(key.partition(SEPARATOR)[0], partitions) for key in rows}
        away = [key for key, home in homes.items() if home != at.partition]
        copies = [await producer.send(ledger, rows[key], key, homes[key]) for key in away]
        await asyncio.gather(*copies)
        deleted = [await producer.send(ledger, None, key, at.partition) for key in away]
        await asyncio.gather(*deleted)
        moved += len(away)
    return moved


async def _rows(settings: Settings, at: TopicPartition) -> dict[bytes, bytes]:
    """The rows of one partition of a ledger, by key; without the mark that it was opened."""
    rows: dict[bytes, bytes] = {}
    async with make_consumer(settings) as consumer:
        async for records in read_whole(consumer, [at]):
            for record in records:
                if record.value is None:
                    rows.pop(record.key, None)
                elif (record.key or b"").partition(SEPARATOR)[0]:
                    rows[record.key] = record.value
    return rows
