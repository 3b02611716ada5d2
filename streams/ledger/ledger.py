"""The Table of a stage, as a ledger: pages of facts that are never changed.

A worker that was paused may still write its old rows last, so no row is ever replaced by a different
value. A row is a *page*: some facts of one movie, under a key that no one else uses. What a movie's
state is, is folded from all its pages; the same fact on two pages counts once. When a movie is
finished its pages are copied onto one, and only then deleted. Kafka has the rows; what has been read of
them is in files of this process (``movietag.streams.ledger.page_store``).
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence, Set
from typing import Any

import faust
from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from faust.types import TP

from movietag.errors import MovietagError
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.records import MovieId, Placed
from movietag.settings import get_settings
from movietag.settings.home import home_layout
from movietag.streams.ledger.changelog import ChangelogReader
from movietag.streams.ledger.guarding import LedgerGuard, LedgerLacksRows
from movietag.streams.ledger.page_store import PageStore
from movietag.streams.ledger.pages import movie_of, packed, page_key, salvaged
from movietag.streams.runtime.app import BoundedApp, leave

PAUSE_SECONDS = 1.0
AGAIN_SECONDS = 10.0  # somebody has to restore the topic meanwhile
LOOK_SECONDS = 5.0
ROWS = 200  # that are read between two moments for other work

log = logging.getLogger("movietag")


class Ledger(faust.Table):  # type: ignore[type-arg]
    """A Faust Table of pages: Faust says whose partitions are whose, the ledger reads and writes them.

    ``write`` returns when the changelog has the page: Faust itself flushes its producer before it commits,
    but takes what the producer has given up for sent, and its state is lost. Faust takes changelogs for empty (see
    ``movietag.streams.runtime.transport``); they are read here when it thinks that it has recovered.
    """

    def __init__(self, app: faust.App, **options: Any) -> None:
        super().__init__(app, key_type=bytes, value_type=bytes, **options)
        self.pages = PageStore(home_layout(get_settings()).run)
        self._reader = ChangelogReader(get_settings(), self.changelog_topic_name, self._apply)
        self._guard = LedgerGuard(self, get_settings())
        self._reading = asyncio.Lock()
        self._worker = uuid.uuid4().hex[:12]
        self._written = 0
        self.damaged: set[bytes] = set()  # keys of pages of which something cannot be read
        self.on_reload: Callable[[], None] = lambda: None

    def facts(self, movie_id: MovieId, partition: int) -> list[Placed]:
        """All facts on the pages of a movie; some may occur twice. Unreadable ones are left out and reported.

        Raises:
            MachineError: the disk does not return them.
        """
        facts: list[Placed] = []
        for key, page in self.pages.of(partition, movie_id).items():
            salvage = salvaged(page)
            facts += salvage.facts
            if salvage.faults and key not in self.damaged:
                self.damaged.add(key)
                log.error("page %r of %s: %s", key, self.name, "; ".join(salvage.faults))
        return facts

    async def movies(self) -> AsyncIterator[tuple[int, MovieId]]:
        """Partition and id of each movie of this worker; one may come twice. Others work between some of them.

        Raises:
            MachineError: the disk does not return them.
        """
        for partition in self.pages.partitions:
            end, batch = self.pages.some_of(partition, 0, ROWS)
            while batch:
                for movie_id in dict.fromkeys(movie_of(key) for key, _ in batch):
                    yield partition, movie_id
                await asyncio.sleep(0)
                end, batch = self.pages.some_of(partition, end, ROWS)

    def page_count(self, movie_id: MovieId, partition: int) -> int:
        """The number of readable pages of a movie."""
        return len(self.pages.keys(partition, movie_id) - self.damaged)

    async def write(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Write facts as new pages, usually one; returns when the changelog has acknowledged them.

        Raises:
            PermanentError: ``unreadable``; nothing of that page is written.
            MachineError: the disk is full; what Kafka has already is written to it again by a retry.
        """
        await self._guard.steady.wait()
        for page in packed(facts):
            self._written += 1
            key = page_key(movie_id, self._worker, self._written)
            await self.send_changelog(partition, key, page)
            self.pages.put(partition, [(key, page)])

    async def seal(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """Write all facts of a movie to one page if they fit, then delete the pages that it replaces.

        One that cannot be read stays: `movietag topics repair` and `movietag recount` replace it.
        """
        old = self.pages.keys(partition, movie_id) - self.damaged
        await self.write(movie_id, partition, facts)
        await asyncio.gather(
            *(self.send_changelog(partition, key, None, value_serializer="raw") for key in old)
        )
        self.pages.put(partition, [(key, None) for key in old])

    async def on_recovery_completed(self, active_tps: Set[TP], standby_tps: Set[TP]) -> None:
        """Read the changelog before any event is handled; exit the process if that is impossible."""
        try:
            await super().on_recovery_completed(set(active_tps), set(standby_tps))
            await self._recover({place.partition for place in active_tps})
        except Exception:  # Faust would go on, with a ledger that lacks rows
            log.critical("the ledger cannot be read", exc_info=True)
            leave(1)

    async def _recover(self, partitions: Set[int]) -> None:
        """Read the partitions' rows.

        Waits for as long as Kafka is away, the disk is full, a batch cannot be read, or the changelog lacks rows.
        """
        since, before = time.monotonic(), self._reader.rows
        assert isinstance(self.app, BoundedApp)
        held = self.app.held_ledgers
        async with self._reading:
            self.pages.keep(partitions)
            self._reader.keep(partitions)
            self._guard.keep(partitions)
            while True:
                try:
                    await self._guard.look()
                    await self._reader.read(partitions)
                    held.pop(self.changelog_topic_name, None)
                    await self._guard.take(self._reader.first)
                    break
                except LedgerLacksRows as lack:
                    self._guard.report(str(lack))
                    self.pages.keep(self._guard.whole)
                    self._reader.keep(self._guard.whole)
                    self._guard.keep(self._guard.whole)
                    await asyncio.sleep(AGAIN_SECONDS)
                except (KafkaError, ProducerSendError, OSError) as error:
                    log.warning("the ledger waits: %r", error)
                    await asyncio.sleep(PAUSE_SECONDS)
                except UnreadableBatchError as batch:
                    if str(held.get(self.changelog_topic_name)) != str(batch):
                        log.error("the ledger waits: %s", batch)
                    held[self.changelog_topic_name] = batch
                    await asyncio.sleep(AGAIN_SECONDS)
                except MovietagError as error:
                    log.warning("the ledger waits: %s", error)
                    await asyncio.sleep(AGAIN_SECONDS)
        rows, seconds = self._reader.rows - before, time.monotonic() - since
        log.info("ledger: %d rows read in %.1f s", rows, seconds)
        self.on_reload()

    async def watch(self) -> None:
        """Look every few seconds whether the changelog has lost rows, and write them anew; never returns."""
        assert isinstance(self.app, BoundedApp)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                async with self._reading:
                    await self._guard.look()
            except (MovietagError, KafkaError, ProducerSendError, OSError) as error:
                log.debug("the changelog is looked at again: %r", error)

    def _apply(self, partition: int, rows: Sequence[tuple[bytes, bytes | None]]) -> None:
        self.pages.put(partition, rows)
        self._guard.note(partition, rows)
