"""Rebuilding the index of dead letters from their topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aiokafka import ConsumerRecord

from movietag import topics
from movietag.documents import DEAD_LETTERS, index_name
from movietag.errors import PermanentError
from movietag.kafka.clients import kafka_errors, make_consumer
from movietag.kafka.lag import topic_offsets
from movietag.kafka.whole import partitions_of, read_whole
from movietag.letters.documents import letter_document
from movietag.records import Document
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.losses import mark_filled, mark_filling
from movietag.search.index.others import ALIASES
from movietag.search.index.writer import write_bulk
from movietag.search.reader import reader
from movietag.settings import Settings

LETTERS = index_name(DEAD_LETTERS, "")
AT_ONCE = 200  # records per bulk request, each of a few megabytes at most


async def restore_letters(settings: Settings, report: Callable[[int, int], None]) -> None:
    """Write all dead letters of their topic into the index; documents that it already has stay.

    Raises:
        TransientError: Elasticsearch or Kafka is unreachable.
    """
    partitions = partitions_of(topics.DEAD_LETTERS, settings.kafka_partitions)
    first, last = await topic_offsets(settings, topics.DEAD_LETTERS)
    done, total = 0, sum(last[partition] - first[partition] for partition in partitions)
    with kafka_errors(settings):
        async with make_consumer(settings) as consumer, reader(settings) as library:
            await ensure_schema(library.es, library.vocabulary, ALIASES)
            await mark_filling(library.es, [LETTERS])
            async for records in read_whole(consumer, partitions, AT_ONCE):
                await write_bulk(library.es, list(_documents(records)))
                done += len(records)
                report(min(done, total), total)
            await mark_filled(library.es, [LETTERS])


def _documents(records: list[ConsumerRecord]) -> Iterator[Document]:
    for one in records:
        headers = {name: bytes(value or b"") for name, value in one.headers}
        try:
            yield letter_document(headers, one.value, one.partition, one.offset)
        except PermanentError:
            continue  # the index stage has logged it
