"""The index of dead letters, made again from their topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aiokafka import ConsumerRecord, TopicPartition

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.clients import make_consumer
from movietag.letters.documents import letter_document
from movietag.records import Document
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write
from movietag.search.reader import reader
from movietag.settings import Settings

AT_ONCE = 200  # records, each with some megabytes at most


async def restore_letters(settings: Settings, say: Callable[[int, int], None]) -> None:
    """Write all dead letters into their index from their topic; what is there already stays.

    Raises:
        TransientError: Elasticsearch is away.
        KafkaError, OSError: Kafka is.
    """
    places = [
        TopicPartition(topics.DEAD_LETTERS.name, number)
        for number in range(settings.kafka_partitions)
    ]
    done = 0
    async with make_consumer(settings) as consumer, reader(settings) as library:
        await ensure_schema(library.es, library.vocabulary)
        consumer.assign(places)
        last = await consumer.end_offsets(places)
        first = await consumer.beginning_offsets(places)
        total = sum(last[place] - first[place] for place in places)
        while any([await consumer.position(place) < last[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=1000, max_records=AT_ONCE)).values():
                await write(library.es, list(_documents(records)))
                done += len(records)
            say(min(done, total), total)


def _documents(records: list[ConsumerRecord]) -> Iterator[Document]:
    for one in records:
        headers = {name: bytes(value or b"") for name, value in one.headers}
        try:
            yield letter_document(headers, one.value, one.partition, one.offset)
        except PermanentError:
            continue  # the index stage has logged it
