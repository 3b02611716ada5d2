"""A changelog that was deleted, made again or emptied: what the guard writes anew, and what it refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from movietag.kafka.incarnations import Incarnation
from movietag.kafka.ledger_marks import WHOLE, read_mark
from movietag.kafka.topic_ids import KnownTopic
from movietag.settings import Settings
from movietag.streams.ledger import guarding
from movietag.streams.ledger.guarding import LedgerGuard, LedgerLacksRows
from movietag.streams.ledger.page_store import PageStore
from movietag.streams.runtime.topics import INCARNATIONS

NAME = "movietag-plan-plans-changelog"
PAGES = [(b"m|w|%d" % number, b"page %d" % number) for number in range(1200)]


class Kafka:
    """One changelog of one partition, as the broker has it; the ledger that sends to it; and its consumer."""

    def __init__(self, folder: Path) -> None:
        self.topic: KnownTopic | None = KnownTopic("a" * 32, 1)
        self.first = 0
        self.rows: list[tuple[bytes, bytes]] = []
        self.room = 10_000
        self.pages = PageStore(folder)
        self.app = SimpleNamespace(consumer=self, ledger_lacks="")
        self.changelog_topic_name = NAME

    async def known_topics(self, names: Collection[str]) -> Mapping[str, KnownTopic]:
        return {name: self.topic for name in names if self.topic}

    async def changelog_starts(self, partitions: Collection[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(partitions, self.first)

    def send_changelog(
        self,
        partition: int | None,
        key: Any,
        value: Any,
        key_serializer: Any = None,
        value_serializer: Any = None,
    ) -> Awaitable[Any]:
        async def sent() -> None:
            if len(self.rows) >= self.room:
                raise KafkaConnectionError
            self.rows.append((key, value))

        return sent()

    async def create(self, settings: Settings, names: Mapping[str, object]) -> None:
        assert list(names) == [NAME]
        self.topic = self.topic or KnownTopic("b" * 32, 1)

    async def identify(self, settings: Settings, names: list[str]) -> dict[str, Incarnation]:
        assert self.topic
        return {NAME: Incarnation(self.topic.topic_id, int(self.topic.topic_id != "a" * 32))}


@pytest.fixture
def kafka(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kafka:
    made = Kafka(tmp_path)
    monkeypatch.setattr(guarding, "create_topics", made.create)
    monkeypatch.setattr(guarding, "read_incarnations", made.identify)
    monkeypatch.setitem(INCARNATIONS, NAME, Incarnation("a" * 32, 0))
    return made


@pytest.fixture
async def guard(kafka: Kafka) -> LedgerGuard:
    """The guard of a ledger of which all was read."""
    made = LedgerGuard(kafka, Settings())
    kafka.pages.put(0, PAGES)
    await made.take({0: 0})
    assert [key for key, _ in kafka.rows] == [WHOLE]
    kafka.rows.clear()
    return made


async def test_all_is_written_anew_before_any_other_row(kafka: Kafka, guard: LedgerGuard) -> None:
    kafka.topic, kafka.room = None, 700
    with pytest.raises(KafkaConnectionError):
        await guard.look()
    assert not guard.steady.is_set()  # whoever writes waits
    assert "was deleted" in kafka.app.ledger_lacks
    assert WHOLE not in dict(kafka.rows)  # a process that starts now knows that rows are missing
    kafka.room = 10_000
    await guard.look()
    *rows, (key, value) = kafka.rows[-1201:]
    assert rows == PAGES
    mark = read_mark(value)
    assert (key, mark and mark.topic_id) == (WHOLE, "b" * 32)
    assert (guard.steady.is_set(), kafka.app.ledger_lacks) == (True, "")
    kafka.rows.clear()
    await guard.look()
    assert kafka.rows == []  # it is whole


async def test_records_that_were_deleted_are_written_anew(kafka: Kafka, guard: LedgerGuard) -> None:
    kafka.first = 900
    await guard.look()
    assert len(kafka.rows) == 1201
    mark = read_mark(kafka.rows[-1][1])
    assert mark is not None
    assert mark.first == 900


async def test_a_partition_that_was_made_again_by_others_is_refused(
    kafka: Kafka, guard: LedgerGuard
) -> None:
    guard.keep(set())  # its partitions went to another worker, and come back
    kafka.topic = KnownTopic("b" * 32, 1)
    await guard.look()
    with pytest.raises(LedgerLacksRows, match=r"partitions 0: .*movietag recount"):
        await guard.take({0: 0})
    guard.note(0, [(WHOLE, b'{"topic_id":"%s"}' % (b"b" * 32))])  # that worker has written it anew
    await guard.take({0: 0})
    assert guard.whole == {0}


async def test_a_topic_that_is_gone_with_its_rows_is_refused(kafka: Kafka) -> None:
    guard = LedgerGuard(kafka, Settings())
    kafka.topic = None
    with pytest.raises(LedgerLacksRows, match="was deleted"):
        await guard.look()
