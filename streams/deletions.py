"""Repeats deletions that Elasticsearch may have forgotten.

Elasticsearch knows the version of a deleted document only until it is restarted; an older document that comes
late, of a worker that was paused or a message that is repeated, would then bring it back for ever. When an index
has begun anew, the deletions of the last minutes are made again, in their versions: whichever comes first, the
late document is refused or deleted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from aiokafka import AIOKafkaConsumer, TopicPartition

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.clients import make_consumer
from movietag.records import Document, decode
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence

# A document comes at most so much later than the deletion that it is older than.
LATE_MS = 15 * 60_000
CHUNK = 500  # deletions

log = logging.getLogger("movietag")

Write = Callable[[Sequence[Document]], Awaitable[object]]


class Deletions:
    """Repeats deletions when an index has begun anew, or when nobody knows whether it has.

    Args:
        write: writes deletions, in their versions; raises TransientError while Elasticsearch is away.
    """

    def __init__(self, settings: Settings, persist: Persistence, write: Write) -> None:
        self._settings = settings
        self._persist = persist
        self._write = write
        self._terms: dict[str, int] = {}
        self._since: int | None = None
        self._due = asyncio.Event()

    def written(self, terms: Mapping[str, int], oldest_ms: int) -> None:
        """Record what ``write`` returned for a batch whose oldest message has the time ``oldest_ms``."""
        anew = {name: term for name, term in terms.items() if term > self._terms.get(name, 0)}
        if anew:
            self._terms |= anew
            since = oldest_ms - LATE_MS
            self._since = since if self._since is None else min(self._since, since)
            self._due.set()

    async def repeat(self) -> None:
        """Repeat deletions whenever they are due; never returns."""
        while True:
            await self._due.wait()
            self._due.clear()
            since, self._since = self._since or 0, None
            await self._persist(partial(self._repeat, since))

    async def _repeat(self, since_ms: int) -> None:
        async with make_consumer(self._settings) as consumer:
            deletions = await _deletions(consumer, self._settings, since_ms)
        for start in range(0, len(deletions), CHUNK):
            await self._write(deletions[start : start + CHUNK])
        log.info("%d deletions were made again", len(deletions))


async def _deletions(
    consumer: AIOKafkaConsumer, settings: Settings, since_ms: int
) -> list[Document]:
    """The newest deletion of each document since then."""
    numbers = range(settings.kafka_partitions)
    places = [TopicPartition(topics.DOCUMENTS.name, number) for number in numbers]
    starts = await consumer.offsets_for_times(dict.fromkeys(places, max(0, since_ms)))
    ends = await consumer.end_offsets(places)
    deletions: dict[bytes, Document] = {}
    for place, start in starts.items():
        if start is None:
            continue
        consumer.assign([place])
        consumer.seek(place, start.offset)
        while await consumer.position(place) < ends[place]:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    _add(deletions, record.value)
    return list(deletions.values())


def _add(deletions: dict[bytes, Document], value: bytes | None) -> None:
    try:
        document = decode(Document, value)
    except PermanentError:
        return  # it has become a letter
    known = deletions.get(document.key)
    if document.deleted and (known is None or known.version < document.version):
        deletions[document.key] = document
