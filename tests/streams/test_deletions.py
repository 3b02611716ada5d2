"""What was deleted stays so, although Elasticsearch has forgotten it and an older document comes late."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
import pytest
from elasticsearch import ApiError, TransportError
from support.patience import within
from support.sample_movies import library
from support.stage_processes import running

from movietag import topics
from movietag.documents import FRAMES
from movietag.kafka.clients import create_topics, make_producer
from movietag.local.stack import Stack
from movietag.records import Document, encode
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.vocabulary import load

pytestmark = pytest.mark.timeout(400)
SECONDS = 120.0


@pytest.mark.slow
async def test_a_deletion_outlives_a_restart_of_elasticsearch(stack: Stack) -> None:
    settings = stack.settings
    await create_topics(settings)
    frame = next(one for one in library(load("mpst")) if one.index.startswith(FRAMES))
    old = msgspec.structs.replace(frame, doc_id=f"late-{id(frame)}", version=1)
    gone = Document(old.index, old.doc_id, 2)
    with running("index", settings):
        await send(settings, old)
        await becomes(settings, old, there=True)
        await send(settings, gone)
        await becomes(settings, old, there=False)
        await asyncio.to_thread(stack.restart, "elasticsearch")
        others = [
            msgspec.structs.replace(old, doc_id=f"{old.doc_id}-{number}") for number in range(2)
        ]
        for other in others:  # the second time its deletion is known again
            await send(settings, old)
            await send(settings, other)
            await becomes(settings, other, there=True)  # so the late one was written, or refused
            await becomes(settings, old, there=False)
    async with connected(settings) as es:
        for other in others:
            await es.delete(index=other.index, id=other.doc_id)


async def send(settings: Settings, document: Document) -> None:
    """All into one partition: what is sent first is written first."""
    async with make_producer(settings) as producer:
        value = encode(document)
        await producer.send_and_wait(topics.DOCUMENTS.name, value, document.key, 0)


async def becomes(settings: Settings, document: Document, *, there: bool) -> None:
    """Wait until a document is there, or is not."""
    async with connected(settings) as es, within(SECONDS):
        while True:
            with suppress(ApiError, TransportError):  # it begins only now
                found = await es.exists(index=document.index, id=document.doc_id)
                if bool(found) == there:
                    return
            await asyncio.sleep(0.1)
