"""Kafka and Faust as a handler meets them, in memory: what happens is written down, in a list of lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from movietag import topics
from movietag.crawl.streaks import NOTHING_KNOWN, Streak, merged
from movietag.records import Document, FrameInfo, MovieId, Placed, decode

NAMES = {
    "Plan": "plan {0.generation}.{0.revision}",
    "VideoJob": "{0.work} {0.video.video_id}",
    "VideoFailed": "failed {0.failure.video_id}: {0.failure.kind}",
    "FrameInfo": "frame {0.video_id}/{0.slot}",
    "Manifest": "manifest {0.video_id}",
    "Caption": "caption {0.video_id}/{0.slot}",
    "SlotFailure": "failure {0.video_id}/{0.slot}: {0.error}",
    "Settled": "settled {0.generation}",
    "Unknown": "unknown {0.what}",
}


def named(record: Any) -> str:
    """A record in a line of effects: its kind, and of which video, slot or generation it is."""
    if isinstance(record, Document):
        what = "deletion" if record.deleted else "document"
        return f"{what} {record.index.partition('-')[0]}"
    kind = type(record).__name__
    return NAMES.get(kind, kind.lower()).format(record)


def event(
    topic: str,
    value: bytes | None,
    *,
    offset: int = 0,
    key: bytes | None = None,
    headers: Mapping[str, bytes] | None = None,
    at_ms: int | None = None,
) -> Any:
    """An event as Faust hands it to an agent, of partition 0; sent at ``at_ms``, or a second after the one before."""
    at = 1.0 + offset if at_ms is None else at_ms / 1000
    message = SimpleNamespace(
        topic=topic, partition=0, offset=offset, timestamp=at, key=key, value=value
    )
    return SimpleNamespace(message=message, headers=headers or {})


class Stream:
    """What Faust gives an agent: these events, and no more until all are acknowledged."""

    def __init__(self, events: Sequence[Any], effects: list[str]) -> None:
        self.channel = SimpleNamespace(get_topic_name=lambda: events[0].message.topic)
        self.over = asyncio.Event()
        self._waiting = list(events)
        self._left = len(events)
        self._effects = effects

    def noack(self) -> Stream:
        return self

    async def events(self) -> AsyncIterator[Any]:
        for one in self._waiting:
            yield one
        await self.over.wait()

    async def noack_take(self, max_: int, within: float) -> AsyncIterator[Sequence[Any]]:
        for start in range(0, len(self._waiting), max_):
            yield self._waiting[start : start + max_]
        await self.over.wait()

    async def ack(self, one: Any) -> bool:
        self._effects.append(f"acked {one.message.offset}")
        self._left -= 1
        if not self._left:
            self.over.set()
        return True


class Topic:
    """A topic that messages are sent to.

    Attributes:
        sent: key, record and headers of what it has taken.
        partitions: to which they were sent; None: to that of the key.
        errors: raised, one after another, instead of taking a message.
        broker: while it is not set, what was sent is not acknowledged.
    """

    def __init__(self, name: str, read: Callable[[bytes], Any], effects: list[str]) -> None:
        self.name = name
        self.sent: list[tuple[bytes, Any, Mapping[str, bytes]]] = []
        self.partitions: list[int | None] = []
        self.errors: list[Exception] = []
        self.broker = asyncio.Event()
        self.broker.set()
        self._read = read
        self._effects = effects

    async def send(
        self,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, bytes] | None = None,
        partition: int | None = None,
    ) -> Awaitable[Any]:
        if self.errors:
            raise self.errors.pop(0)
        found = headers or {}
        info = found.get(topics.FRAME_HEADER)
        record = decode(FrameInfo, info) if info else self._read(value)
        self.sent.append((key, record, found))
        self.partitions.append(partition)
        self._effects.append(f"{self.name} <- {named(record)}")
        return self.broker.wait()

    @property
    def records(self) -> list[Any]:
        """What it has taken."""
        return [record for _, record, _ in self.sent]


class Pages:
    """A ledger that outlives the handlers that write into it: each ``write`` is a page."""

    def __init__(self, effects: list[str]) -> None:
        self.pages: dict[str, list[list[Placed]]] = {}
        self.errors: list[Exception] = []
        self._effects = effects

    def facts(self, movie_id: MovieId, partition: int) -> list[Placed]:
        return [fact for page in self.pages.get(movie_id, []) for fact in page]

    def page_count(self, movie_id: MovieId, partition: int) -> int:
        return len(self.pages.get(movie_id, []))

    async def write(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        page = list(facts)
        self.pages.setdefault(movie_id, []).append(page)
        self._effects.append("ledger <- " + ", ".join(named(placed.fact) for placed in page))

    async def seal(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        self.pages[movie_id] = [list(facts)]
        self._effects.append("ledger sealed")


class TryCounts:
    """Counts of tries that outlive the ``Tries`` that use them."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.recalled: list[str] = []

    async def recall(self, position: str) -> int:
        self.recalled.append(position)
        return self.counts.get(position, 0)

    async def note(self, position: str, count: int) -> None:
        self.counts[position] = count


class SiteStreaks:
    """What fetch workers know together of sites; it outlives them."""

    def __init__(self) -> None:
        self.streaks: dict[str, Streak] = {}
        self.errors: list[Exception] = []

    async def recall(self, site: str) -> Streak:
        return self.streaks.get(site, NOTHING_KNOWN)

    async def note(self, site: str, streak: Streak) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.streaks[site] = merged(self.streaks.get(site, NOTHING_KNOWN), streak)
