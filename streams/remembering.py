"""Counts of tries that outlive the process: a small topic that is read when something fails."""

from __future__ import annotations

import faust
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.errors import TransientError
from movietag.settings import Settings
from streams.changelog import ChangelogReader
from streams.coalescing import Coalescer
from streams.topics import channel

LINGER = 0.05  # seconds: frames that fail together are looked up together


class Remembered:
    """The ``Memory`` of one stage's tries, in the topic of tries.

    The topic is read on from where it was read to last whenever an event fails for the first time in
    this process: the event may have failed in another one just before.
    """

    def __init__(self, app: faust.App, stage: str, settings: Settings) -> None:
        self._topic = channel(app, topics.TRIES)
        self._begin = f"{stage}|"
        self._partitions = range(settings.kafka_partitions)
        self._counts: dict[bytes, int] = {}
        self._reader = ChangelogReader(settings, topics.TRIES.name, self._put)
        self._reading: Coalescer[None] = Coalescer(LINGER, self._read)

    async def recall(self, place: str) -> int:
        """See ``Memory``; raises TransientError while Kafka is away."""
        try:
            await self._reading.submit("", None)
        except (KafkaError, OSError) as error:
            raise TransientError(f"The tries so far cannot be read: {error!r}.") from error
        return self._counts.get(self._key(place), 0)

    async def note(self, place: str, count: int) -> None:
        """See ``Memory``; raises KafkaError or ProducerSendError when the broker does not take it."""
        sent = await self._topic.send(key=self._key(place), value=str(count).encode())
        await sent

    def _key(self, place: str) -> bytes:
        return f"{self._begin}{place}".encode()

    async def _read(self, key: str, values: list[None]) -> None:
        await self._reader.read(self._partitions)

    def _put(self, partition: int, key: bytes, value: bytes | None) -> None:
        if key.startswith(self._begin.encode()) and value and value.isdigit():
            self._counts[key] = max(int(value[:9]), self._counts.get(key, 0))
