"""The first pass of a count reads a movie's facts from each partition that it had, the oldest first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from movietag import topics
from movietag.kafka.incarnations import Incarnation
from movietag.kafka.widening import Widening, key_partition
from movietag.streams.recount.backfill import Backfill, has_former
from movietag.streams.runtime.topics import INCARNATIONS

NAME = topics.CAPTIONS.name
MOVIES = [f"movie-{number}".encode() for number in range(60)]


class Log:
    """Partitions of a topic, read as a consumer does."""

    def __init__(self) -> None:
        self.records: dict[int, list[Any]] = {}
        self.reads: TopicPartition
        self.at = 0

    def add(self, key: bytes | None, partition: int, value: str) -> None:
        held = self.records.setdefault(partition, [])
        held.append(SimpleNamespace(key=key, value=value, offset=len(held)))

    def ends(self, count: int) -> tuple[int, ...]:
        return tuple(len(self.records.get(number, ())) for number in range(count))

    def assign(self, partitions: list[TopicPartition]) -> None:
        (self.reads,) = partitions

    async def seek_to_beginning(self, *_: TopicPartition) -> None:
        self.at = 0

    async def position(self, _: TopicPartition) -> int:
        return self.at

    async def getmany(self, at: TopicPartition, **_: object) -> dict[TopicPartition, list[Any]]:
        records = self.records.get(at.partition, [])[self.at : self.at + 3]
        self.at += len(records)
        return {at: records}


async def test_each_fact_is_read_once_where_its_movie_lies_now_in_the_order_of_writing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, widenings = Log(), []
    former = 0
    for count in (8, 16, 64):
        if former:
            widenings.append(Widening("a", log.ends(former), count))
        for movie in MOVIES:
            for number in (1, 2):
                log.add(movie, key_partition(movie, count), f"{count}.{number}")
        former = count
    log.add(None, 5, "without a key")
    monkeypatch.setitem(INCARNATIONS, NAME, Incarnation("a", 0, tuple(widenings)))
    backfill = Backfill.__new__(Backfill)
    backfill._consumer = log
    found: dict[bytes | None, list[str]] = {}
    for number in range(64):
        at, end = TopicPartition(NAME, number), len(log.records.get(number, ()))
        read = [record async for record in backfill._records(at, end)]
        for record in read:
            assert record.key is None or key_partition(record.key, 64) == number
            found.setdefault(record.key, []).append(record.value)
    assert found.pop(None) == ["without a key"]
    everything = [f"{count}.{number}" for count in (8, 16, 64) for number in (1, 2)]
    assert found == dict.fromkeys(MOVIES, everything)
    assert has_former(TopicPartition(NAME, 63))
    assert not has_former(TopicPartition(NAME, 5))


async def test_without_more_partitions_all_of_a_partition_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = Log()
    for number in range(7):
        log.add(b"anything", 3, str(number))
    monkeypatch.delitem(INCARNATIONS, NAME, raising=False)
    backfill = Backfill.__new__(Backfill)
    backfill._consumer = log
    read = [record.value async for record in backfill._records(TopicPartition(NAME, 3), 5)]
    assert read == list("01234")
