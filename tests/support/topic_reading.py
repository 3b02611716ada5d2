"""What comes into a topic, above all the requests that follow from titles."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from aiokafka import TopicPartition

from movietag import topics
from movietag.kafka.clients import make_consumer, make_producer
from movietag.records import TitleRequest, decode_request
from movietag.settings import Settings

PARTITIONS = 8


def title(name: str) -> bytes:
    """A title that asks to forget a movie nobody knows: a request follows from it, and nothing else."""
    return json.dumps({"title": name, "forget": True}).encode()


class Log:
    """What comes into a topic from now on."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self._places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        self._first: dict[TopicPartition, int] = {}

    async def begin(self) -> None:
        self._first = await self._ends()

    async def _ends(self) -> dict[TopicPartition, int]:
        async with make_consumer(self._settings) as consumer:
            return dict(await consumer.end_offsets(self._places))

    async def read(self) -> AsyncIterator[tuple[dict[str, bytes], bytes, int, int]]:
        """Headers, value, partition and offset of each message."""
        last = await self._ends()
        async with make_consumer(self._settings) as consumer:
            consumer.assign(self._places)
            for place, offset in self._first.items():
                consumer.seek(place, offset)
            while any([await consumer.position(at) < last[at] for at in self._places]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for one in records:
                        yield dict(one.headers), one.value or b"", one.partition, one.offset

    async def requested(self, run: str) -> set[str]:
        """The titles of a run that have become requests."""
        found = set()
        async for _, value, _, _ in self.read():
            if run.encode() in value:
                request = decode_request(value)
                assert isinstance(request, TitleRequest)
                found.add(request.title.title)
        return found


async def ends(settings: Settings, topic: str) -> dict[int, int]:
    places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    async with make_consumer(settings) as consumer:
        return {at.partition: end for at, end in (await consumer.end_offsets(places)).items()}


async def send_titles(settings: Settings, *names: str) -> None:
    """Send titles that lead to a request each, all into one partition."""
    async with make_producer(settings) as producer:
        for name in names:
            await producer.send_and_wait(topics.TITLES.name, title(name), partition=3)
