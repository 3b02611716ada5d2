import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest.mock import create_autospec

import pytest
from faust.transport.consumer import IntervalTree
from faust.transport.drivers import aiokafka
from faust.types import TP
from support.patience import within

from movietag.kafka.unreadable import UnreadableBatchError
from movietag.settings import Settings
from movietag.streams.runtime import held, transport
from movietag.streams.runtime.app import make_stage_app
from movietag.streams.runtime.checkpointing import Checkpoints
from movietag.streams.runtime.held import HeldPartitions


async def test_partitions_without_a_committed_offset_are_read_from_their_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise what Faust threw away of them during a rebalance would never be read.

    So are those whose topic was made again since.
    """
    read, other = TP("movietag.captions", 0), TP("movietag.captions", 3)
    unread, nothing = TP("movietag.captions", 1), TP("movietag.captions", 2)
    changelog = TP("movietag-count-changelog", 0)
    sought: dict[TP, int] = {}

    noted: dict[TP, Any] = {}
    checkpoints = create_autospec(Checkpoints, instance=True)
    checkpoints.note = noted.update

    class Faust:
        _committed_offset: ClassVar[dict[TP, Any]] = {read: 7, other: 9, nothing: 0, unread: None}
        _read_offset: ClassVar[dict[TP, Any]] = {read: 7, other: 9}

        async def _foreign(self) -> list[TP]:
            return [other]

        async def call_thread(self, call: Callable[[], Awaitable[list[TP]]]) -> list[TP]:
            return await call()

        @property
        def _thread(self) -> object:
            return self

        async def perform_seek(self) -> None: ...

        def assignment(self) -> set[TP]:
            return {read, other, unread, nothing, changelog}

        async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
            return dict.fromkeys(partitions, 3)

        async def seek_wait(self, partitions: dict[TP, int]) -> None:
            sought.update(partitions)

        app = SimpleNamespace(held=HeldPartitions(), checkpoints=checkpoints)

    monkeypatch.setattr(aiokafka.Consumer, "perform_seek", Faust.perform_seek)
    await transport.StageConsumer.perform_seek(Faust())  # type: ignore[arg-type]
    assert sought == {unread: 3, nothing: 3, other: 3}
    assert Faust._read_offset == {read: 7, other: None}
    assert {tp: one.offset for tp, one in noted.items()} == {read: 7}  # of an idle one, too


class Committing(transport.StageConsumer):
    """What of a consumer decides which offset is committed next."""

    def __init__(self, committed: dict[TP, int | None]) -> None:
        self._acked = defaultdict(list)
        self._acked_index = defaultdict(set)
        self._gap = defaultdict(IntervalTree)
        self._committed_offset = defaultdict(lambda: None, committed)


TITLES = TP("movietag.titles", 1)


def test_offsets_without_a_message_behind_offset_0_do_not_stop_committing() -> None:
    """An aborted transaction behind the first message of a partition: Faust notes no gap there."""
    consumer = Committing({TITLES: 1})
    consumer._acked[TITLES] = [4, 5]
    consumer._acked_index[TITLES] = {4, 5}
    assert consumer._new_offset(TITLES) == 6
    assert consumer._new_offset(TITLES) is None


async def test_an_offset_is_committed_behind_a_batch_only_when_all_before_it_is_done() -> None:
    batch = UnreadableBatchError("movietag.titles", 1, 7, "its checksum is wrong")
    message = SimpleNamespace(tp=TITLES, acked=False)
    done: list[object] = []

    class Consumer:
        unacked: ClassVar = [message]

        async def commit(self) -> None: ...

        async def commit_at(self, place: TP, offset: int) -> bool:
            done.append(("commit", place, offset))
            return True

        async def seek_wait(self, places: dict[TP, int]) -> None:
            done.append(("seek", places))

        async def fetch_again(self, places: list[TP]) -> None:
            done.append(("fetch", places))

    app: Any = SimpleNamespace(held=HeldPartitions(), consumer=Consumer(), settled=True)
    app.held.hold(TITLES, batch)

    async def end_of(_: UnreadableBatchError) -> int:
        return 9

    await held._look(app, end_of, TITLES)
    assert done == []  # what lies before it is in work
    message.acked = True
    app.settled = False
    await held._look(app, end_of, TITLES)
    assert done == []  # the group is sharing its partitions out
    app.settled = True
    await held._look(app, end_of, TITLES)
    assert done == [("commit", TITLES, 9), ("seek", {TITLES: 9}), ("fetch", [TITLES])]
    assert app.held.partitions == []
    await asyncio.wait_for(held._look(app, end_of, TITLES), 5)
    assert len(done) == 3  # once


def test_faust_makes_our_consumer() -> None:
    """Faust looks it up by the name of this attribute; under another it would quietly take its own."""
    assert transport.Transport.Consumer is transport.StageConsumer


async def test_a_flush_does_not_wait_for_a_broker_that_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Faust flushes before a commit and in a rebalance, for which all members of the group wait."""
    flushed: list[str] = []

    async def flush(_: object) -> None:
        flushed.append("begun")
        await asyncio.Event().wait()

    monkeypatch.setattr(aiokafka.Producer, "flush", flush)
    monkeypatch.setattr(transport, "FLUSH_SECONDS", 0.01)
    async with within(10):
        await make_stage_app("movietag-test", Settings(), 16).producer.flush()
    assert flushed == ["begun"]


def test_a_changelog_that_is_never_fetched_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust would write an error about each of its partitions every few seconds, for ever."""
    looked: list[TP] = []
    monkeypatch.setattr(
        aiokafka.Consumer, "verify_event_path", lambda _, now, tp: looked.append(tp)
    )
    consumer: Any = SimpleNamespace(app=SimpleNamespace(held=HeldPartitions()))
    for tp in (TITLES, TP("movietag-plan-plans-changelog", 0)):
        transport.StageConsumer.verify_event_path(consumer, 1000.0, tp)
    assert looked == [TITLES]
