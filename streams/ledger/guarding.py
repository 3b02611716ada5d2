"""Guards a changelog: notices that it was deleted, made again or emptied, and has it written anew.

The files of a worker have all rows of its partitions, so nothing is lost as long as it runs. It writes them into the
new topic before any other row, and marks each partition as whole (``movietag.kafka.ledger_marks``). A worker that gets
a partition without a mark waits: nobody knows what is missing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence, Set
from typing import Any, Final, Protocol

from faust.types import TP

from movietag.errors import MovietagError
from movietag.kafka.clients import create_topics
from movietag.kafka.incarnations import FIRST, Incarnation, read_incarnations
from movietag.kafka.ledger_marks import WHOLE, WholeMark, is_whole, read_mark
from movietag.settings import Settings
from movietag.streams.runtime.topics import INCARNATIONS
from movietag.topics import LEDGER

ROWS: Final = 500  # that are sent at a time

log = logging.getLogger("movietag")


class LedgerLacksRows(MovietagError):  # noqa: N818  # a state, not a fault
    """The changelog lacks rows that no process has any more; the text names the way out."""


class GuardedLedger(Protocol):
    """What is guarded: ``movietag.streams.ledger.ledger``."""

    app: Any
    pages: Any

    @property
    def changelog_topic_name(self) -> str:
        """The topic of its rows."""
        ...

    def send_changelog(
        self,
        partition: int | None,
        key: Any,
        value: Any,
        key_serializer: Any = None,
        value_serializer: Any = None,
    ) -> Awaitable[Any]:
        """Send a row; returns when the broker has it."""
        ...


class LedgerGuard:
    """Knows of which partitions this process has all rows, and compares their changelog with that.

    Attributes:
        whole: those partitions.
        steady: set while rows may be written.
    """

    def __init__(self, ledger: GuardedLedger, settings: Settings) -> None:
        self.whole: set[int] = set()
        self.steady = asyncio.Event()
        self.steady.set()
        self._ledger = ledger
        self._settings = settings
        self._marks: dict[int, WholeMark] = {}
        self._first: dict[int, int] = {}

    def keep(self, partitions: Set[int]) -> None:
        """Forget all other partitions."""
        self.whole &= partitions
        self._marks = {at: mark for at, mark in self._marks.items() if at in self.whole}

    def note(self, partition: int, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Note the marks among rows that were read."""
        for key, value in rows:
            mark = read_mark(value) if key == WHOLE else None
            if mark is not None:
                self._marks[partition] = mark

    async def take(self, first: Mapping[int, int]) -> None:
        """Take over partitions that were read, if they are whole.

        Args:
            first: the first offset of each when it was read.

        Raises:
            LedgerLacksRows: they are not.
            KafkaError, ProducerSendError: Kafka is away.
        """
        new = {at: offset for at, offset in first.items() if at not in self.whole}
        lacking = [
            at
            for at, offset in new.items()
            if not is_whole(self._marks.get(at), self._topic, offset)
        ]
        if lacking:
            raise LedgerLacksRows(
                f"The ledger {self._name} lacks rows in partitions {', '.join(map(str, sorted(lacking)))}: the topic"
                " was deleted and made again, or records of it were deleted, and no process has them any more. Restore"
                " the topic; the count's can be made anew instead: movietag recount."
            )
        for at, offset in new.items():
            await self._mark(at, offset)
        self.report("")

    def report(self, lack: str) -> None:
        """Report what is lacking, once in the log; empty: nothing is."""
        if lack and lack != self._ledger.app.ledger_lacks:
            log.error("the ledger waits: %s", lack)
        self._ledger.app.ledger_lacks = lack

    async def look(self) -> None:
        """Compare the changelog with what this process has of it; write it anew if it has lost rows.

        Raises:
            LedgerLacksRows: it does not exist, and this process has nothing of it.
            UsageError: it was made again with another number of partitions.
            TransientError, KafkaError, ProducerSendError: Kafka is away; nothing is written until another call succeeds.
        """
        why = await self._loss()
        if why and not self.whole:
            if why == _DELETED:
                raise LedgerLacksRows(
                    f"The topic of the ledger {self._name} {why}. Restore it; the count's can be made anew instead:"
                    " movietag recount."
                )
            await self._identify()
        elif why or not self.steady.is_set():
            await self._renew(why)

    async def _loss(self) -> str:
        """What has happened to the changelog; empty: nothing."""
        consumer: Any = self._ledger.app.consumer
        found = (await consumer.known_topics([self._name])).get(self._name)
        if found is None:
            return _DELETED
        if found.topic_id != self._topic.topic_id:
            return "was deleted and made again"
        ours = [TP(self._name, at) for at in sorted(self.whole)]
        starts = await consumer.changelog_starts(ours) if ours else {}
        moved = any(offset > self._first[tp.partition] for tp, offset in starts.items())
        return "has lost records: somebody deleted them, or set a retention time" if moved else ""

    async def _renew(self, why: str) -> None:
        """Write all rows of this process's partitions anew, before any other."""
        self.steady.clear()
        if why:
            self.report(
                f"The topic of the ledger {self._name} {why}. All that this process has of it is written anew before"
                " the work goes on; do not stop it. `movietag topics apply` corrects the topic's settings."
            )
        await create_topics(self._settings, {self._name: LEDGER})
        await self._identify()
        consumer: Any = self._ledger.app.consumer
        starts = await consumer.changelog_starts([TP(self._name, at) for at in self.whole])
        rows = 0
        for tp, first in starts.items():
            end = 0
            while True:
                end, batch = self._ledger.pages.some_of(tp.partition, end, ROWS)
                if not batch:
                    break
                await self._send(tp.partition, batch)
                rows += len(batch)
            await self._mark(tp.partition, first)
        self.steady.set()
        self.report("")
        log.warning("the ledger %s is whole again: %d rows were written anew", self._name, rows)

    async def _send(self, partition: int, rows: Sequence[tuple[bytes, bytes]]) -> None:
        await asyncio.gather(
            *(
                self._ledger.send_changelog(partition, key, page, value_serializer="raw")
                for key, page in rows
            )
        )

    async def _mark(self, partition: int, first: int) -> None:
        """Mark a partition as whole, unless it is marked so."""
        mark = WholeMark(self._topic.topic_id, first)
        if self._marks.get(partition) != mark:
            await self._send(partition, [(WHOLE, mark.value)])
        self._marks[partition], self._first[partition] = mark, first
        self.whole.add(partition)

    async def _identify(self) -> None:
        """Learn, and record, which topic this is."""
        INCARNATIONS.update(await read_incarnations(self._settings, [self._name]))

    @property
    def _name(self) -> str:
        return self._ledger.changelog_topic_name

    @property
    def _topic(self) -> Incarnation:
        return INCARNATIONS.get(self._name, FIRST)


_DELETED: Final = "was deleted"
