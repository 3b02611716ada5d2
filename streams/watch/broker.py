"""What the broker says of the stage's topics, queried every few seconds, and since when it says nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from faust.types import TP

from movietag.errors import TransientError
from movietag.kafka.incarnations import FIRST
from movietag.kafka.members import ConsumerGroup
from movietag.kafka.topic_ids import KnownTopic
from movietag.streams.runtime.app import BoundedApp
from movietag.streams.runtime.topics import INCARNATIONS, short_name
from movietag.streams.watch.answering import EVERY_SECONDS, LastAnswer
from movietag.streams.watch.metrics import LAG, OLDEST_MESSAGE, Metrics
from movietag.topics import BY_NAME

SILENT_SECONDS = 10.0  # a query so long without an answer: the stage is not ready, its lag unknown
UNASSIGNED_LOOKS = 3  # a partition that no member has in so many looks is no matter of sharing out
SERVER = "kafka"  # its label

log = logging.getLogger("movietag")


class BrokerWatch:
    """Queries the broker over the consumer's own connection; never two queries at once.

    Args:
        app: whose consumer group and topics they are.
        metrics: get the lag, and the age of the last answer.
        fail: called with the reason why the process must start anew.
        clock: as ``time.monotonic``.
        wall_clock: seconds since 1970.
    """

    def __init__(
        self,
        app: BoundedApp,
        metrics: Metrics,
        fail: Callable[[Exception], None],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._fail = fail
        self._clock = clock
        self._wall_clock = wall_clock
        self._lag: dict[str, int] = {}
        self._oldest: dict[str, float] = {}  # seconds since 1970, by topic
        self._known: Mapping[str, KnownTopic] | None = None
        self._unassigned: dict[TP, int] = {}  # in how many looks in a row
        self._group: ConsumerGroup | None = None
        self._last = LastAnswer(SERVER, metrics, clock)
        self._open: float | None = None  # since when a query has no answer
        metrics.refresh_by(self._refresh)

    @property
    def group(self) -> ConsumerGroup | None:
        """The consumer group as the broker last described it; None before that."""
        return self._group

    @property
    def silent(self) -> float:
        """Seconds since the first query that was not answered; 0 while they are."""
        return 0.0 if self._open is None else self._clock() - self._open

    @property
    def lag(self) -> dict[str, int]:
        """For each consumed topic by its short name: uncommitted messages of this process's partitions.

        Empty while it is unknown: before the first answer, and when there is none any more.
        """
        return {} if self.silent > SILENT_SECONDS else self._lag

    def reasons(self) -> list[str]:
        """Why the stage cannot work, as far as the broker is concerned."""
        if self.silent > SILENT_SECONDS:
            return [f"Kafka has not answered for {self.silent:.0f} s."]
        if self._known is None:
            return []
        gone = [
            f"Topic {name} does not exist: it was deleted. `movietag topics apply` makes it again."
            for name in self._app.consumed_topics()
            if name not in self._known
        ]
        idle = sorted(tp for tp, looks in self._unassigned.items() if looks >= UNASSIGNED_LOOKS)
        named = ", ".join(f"{tp.topic}/{tp.partition}" for tp in idle)
        return [*gone, f"No worker of the group has these partitions: {named}."] if idle else gone

    async def watch(self) -> None:
        """Query every few seconds; never returns."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if self._app.settled:
                await self.look()
            else:
                self._open = None  # the group says enough

    async def look(self) -> None:
        """Query once."""
        self._open = self._clock() if self._open is None else self._open
        try:
            consumer: Any = self._app.consumer
            self._known = await consumer.known_topics(self._app.consumed_topics())
            for name, topic in self._known.items():
                self._refuse_another(name, topic.topic_id)
            self._group = await consumer.described_group()
            self._unassigned = self._missing()
            self._lag = await self._measure(consumer)
        except Exception as error:  # noqa: BLE001  # whatever it is, the stage works without
            log.debug("Kafka is queried again: %r", error)
        else:
            self._open = None
            self._last.note()

    def _missing(self) -> dict[TP, int]:
        """The partitions of consumed topics that no member of the group has, and for how many looks."""
        if self._group is None or not self._group.settled:
            return {}
        every = {
            TP(name, number)
            for name, topic in (self._known or {}).items()
            for number in range(topic.partitions)
        }
        assigned = {TP(*at) for member in self._group.members for at in member.partitions}
        return {tp: self._unassigned.get(tp, 0) + 1 for tp in every - assigned}

    def _refuse_another(self, name: str, topic_id: str) -> None:
        """Start anew with a topic that was deleted and made again: Faust would drop its first messages."""
        known = INCARNATIONS.get(name, FIRST).topic_id
        if known and topic_id and known != topic_id:
            self._fail(
                TransientError(f"Topic {name} was deleted and made again: the stage starts anew.")
            )

    async def _measure(self, consumer: Any) -> dict[str, int]:
        """The lag of the assigned partitions.

        The high water marks that come with fetched messages would not do: they stand still while a
        partition is paused, which is when the lag grows.
        """
        known = self._known or {}
        mine = [tp for tp in consumer.assignment() if tp.topic in BY_NAME and tp.topic in known]
        last = await consumer.highwaters(*mine) if mine else {}
        committed: dict[TP, int | None] = {tp: consumer._committed_offset.get(tp) for tp in mine}
        # Nothing is committed behind a transaction's mark, which is no message: what is read counts there.
        taken = [message for message in list(consumer.unacked) if not message.acked]
        in_work = {message.tp for message in taken}
        self._oldest = oldest_times(taken)
        read = await consumer.positions([tp for tp in mine if tp not in in_work])
        unread = [tp for tp in mine if not committed[tp]]
        first = await consumer.earliest_offsets(*unread) if unread else {}
        lags = {short_name(topic): 0 for topic in self._app.consumed_topics()}
        for tp in mine:
            start = max(committed[tp] or first.get(tp, 0), read.get(tp, 0))
            lags[short_name(tp.topic)] += max(0, last.get(tp, start) - start)
        return lags

    def _refresh(self) -> None:
        self._metrics[LAG].clear()
        for topic, messages in self.lag.items():
            self._metrics[LAG].labels(topic).set(messages)
        self._metrics[OLDEST_MESSAGE].clear()
        now = self._wall_clock()
        for topic, messages in self.lag.items():
            if not messages:
                self._metrics[OLDEST_MESSAGE].labels(topic).set(0)
            elif topic in self._oldest:
                age = max(0.0, now - self._oldest[topic])
                self._metrics[OLDEST_MESSAGE].labels(topic).set(age)


def oldest_times(messages: Iterable[Any]) -> dict[str, float]:
    """For each topic of ours by its short name: when the broker got the oldest of these messages, in s since 1970."""
    found: dict[str, float] = {}
    for message in messages:
        if message.tp.topic in BY_NAME and message.timestamp:
            topic = short_name(message.tp.topic)
            found[topic] = min(message.timestamp, found.get(topic, message.timestamp))
    return found
