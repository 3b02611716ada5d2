"""Reads a changelog from the last position to its end, in bulk, with a consumer of its own.

Faust reads changelogs through the same path as any event, one task after another for each row: some
minutes for the rows of 100,000 movies. Here rows are only stored, many at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from aiokafka import TopicPartition

from movietag.kafka.clients import make_consumer
from movietag.settings import Settings

FETCH_BYTES = 2 << 20  # of one partition at a time; bounds what is read ahead
STALLED_SECONDS = 10.0

Row = tuple[bytes, bytes | None]  # key and value; None deletes it
Put = Callable[[int, Sequence[Row]], None]

log = logging.getLogger("movietag")


class ChangelogReader:
    """Reads partitions of one changelog; a second read continues at the last position.

    Args:
        put: gets a partition and some of its rows, in their order. Rows for which it fails come again.
    """

    def __init__(self, settings: Settings, topic: str, put: Put) -> None:
        self._settings = settings
        self._topic = topic
        self._put = put
        self._next: dict[int, int] = {}  # the offset at which reading goes on, by partition
        self.rows = 0  # read so far
        self.first: dict[int, int] = {}  # the first offset when it was last read, by partition

    def keep(self, partitions: Collection[int]) -> None:
        """Drop the positions of all other partitions; they are read from the beginning."""
        for partition in set(self._next) - set(partitions):
            del self._next[partition]
        for partition in set(self.first) - set(partitions):
            del self.first[partition]

    async def read(self, partitions: Collection[int]) -> None:
        """Read all rows up to the current end.

        What fails on the way has lost nothing: reading again goes on.

        Raises:
            UnreadableBatchError: a batch is damaged; what lies before it is read.
            KafkaError, OSError: Kafka is away.
        What ``put`` raises.
        """
        places = [TopicPartition(self._topic, number) for number in sorted(partitions)]
        if not places:
            return
        async with make_consumer(self._settings, max_partition_fetch_bytes=FETCH_BYTES) as consumer:
            consumer.assign(places)
            first = await consumer.beginning_offsets(places)
            last = await consumer.end_offsets(places)
            self.first |= {place.partition: first[place] for place in places}
            for place in places:
                consumer.seek(place, max(first[place], self._next.get(place.partition, 0)))
            unread = set(places)
            while unread := {at for at in unread if await consumer.position(at) < last[at]}:
                consumer.pause(*(set(places) - unread - consumer.paused()))
                batch = await consumer.getmany(
                    timeout_ms=int(STALLED_SECONDS * 1000), max_records=5000
                )
                if not batch:
                    log.warning("the changelog %s gives nothing; still reading", self._topic)
                for place, records in batch.items():
                    self._put(place.partition, [(at.key or b"", at.value) for at in records])
                    self.rows += len(records)
                    self._next[place.partition] = records[-1].offset + 1
