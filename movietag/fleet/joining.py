"""Compares Kafka with Elasticsearch before anything is written to either: see ``movietag.fleet.belonging``."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
from typing import Final

from elasticsearch import AsyncElasticsearch

from movietag import topics
from movietag.errors import PermanentError, UsageError
from movietag.fleet.belonging import LibraryMark, TwoServers, common_mark
from movietag.fleet.rows import library_topic_id, read_rows, write_rows
from movietag.records import decode
from movietag.redaction import redacted
from movietag.search.client import connected
from movietag.search.index.marks import read_marks, write_mark
from movietag.settings import Settings

KEY: Final = "mark"  # of the row
WATCH_SECONDS: Final = 30.0

log = logging.getLogger("movietag")


async def read_library_mark(settings: Settings) -> LibraryMark | None:
    """The row in Kafka; None where there is none.

    Raises:
        TransientError: Kafka is unreachable.
        UsageError: this version of movietag cannot read it.
    """
    value = (await read_rows(settings)).get(KEY)
    try:
        return decode(LibraryMark, value) if value else None
    except PermanentError as error:
        raise UsageError(
            f"The topic {topics.LIBRARY.name} says what this library belongs to, and this version of movietag cannot"
            f" read it: {error} Use the version that wrote it."
        ) from None


async def join_library(settings: Settings, es: AsyncElasticsearch | None = None) -> LibraryMark:
    """Require that the Kafka and the Elasticsearch of these settings belong together, and mark what has no mark.

    Every stage and command that writes documents, or decides what is deleted by what it finds in either, calls this
    first. Any number may call it at the same time and repeatedly.

    Args:
        settings: where both are, and what is taken over deliberately.
        es: a client of this Elasticsearch; by default one is made.

    Raises:
        UsageError: they belong to different libraries.
        TransientError: a server is unreachable.
    """
    if es is None:
        async with connected(settings) as own:
            return await join_library(settings, own)
    row, found = await read_library_mark(settings), await read_marks(es)
    new = "" if row else await library_topic_id(settings) or secrets.token_hex(16)
    at = TwoServers(
        redacted(settings.kafka_address),
        redacted(settings.elasticsearch_url),
        one_home=settings.kafka is None and settings.elasticsearch is None,
    )
    mark = common_mark(row, new, found, settings.adopt, at)
    if mark != row:
        log.warning("the library %s is written to Elasticsearch %s", mark.mark, mark.search)
        await write_rows(settings, {KEY: mark.value})
    await write_mark(es, mark.mark)
    return mark


async def watch_mark(settings: Settings, mark: LibraryMark) -> None:
    """Stop the process with SIGTERM once the library is written to another Elasticsearch than at its start."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            current = await read_library_mark(settings)
        except Exception as error:  # noqa: BLE001  # Kafka is unreachable: queried again soon
            log.info("the library's mark cannot be read: %s", error)
            continue
        if current != mark:
            log.warning(
                "the library is written to another Elasticsearch now: this process ends, to be started anew"
            )
            os.kill(os.getpid(), signal.SIGTERM)
            return
