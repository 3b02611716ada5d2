"""Letters of messages that were too large for them, on a real Kafka: shown and sent again from where these lie."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from movietag import topics
from movietag.documents import LetterBody
from movietag.errors import PermanentError
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.letters.documents import letter_document
from movietag.letters.reading import read_letter
from movietag.letters.replaying import replay
from movietag.local.stack import Stack
from movietag.records import Letter, Shortened, decode, encode
from movietag.settings import Settings
from movietag.streams.failures.dead_letters import letter_for, shortened_letter

VALUE = b"title " * 100_000
HEADERS = [("trace", b"x" * 20_000)]


@pytest.fixture
async def source(stack: Stack) -> str:
    """A topic of its own, with one large message."""
    name = f"source-{secrets.token_hex(4)}"
    await create_topics(stack.settings)
    await create_topics(stack.settings, {name: {}})
    async with make_producer(stack.settings) as producer:
        await producer.send_and_wait(name, VALUE, key=b"k", headers=HEADERS)
    return name


async def sent_letter(settings: Settings, source: str, **changed: Any) -> LetterBody:
    """The document of a letter of the message at offset 0, without its bytes."""
    message = SimpleNamespace(topic=source, partition=0, offset=0, key=b"k", value=VALUE)
    event: Any = SimpleNamespace(message=message, headers=dict(HEADERS))
    letter = letter_for(event, "plan", PermanentError("bad-title", "No title."))
    letter = msgspec.structs.replace(shortened_letter(letter, VALUE), **changed)
    headers = {topics.LETTER_HEADER: encode(letter)}
    async with make_producer(settings) as producer:
        at = await producer.send_and_wait(
            topics.DEAD_LETTERS.name,
            key=letter.letter_id.encode(),
            headers=list(headers.items()),
        )
    document = letter_document(headers, None, at.partition, at.offset)
    return msgspec.json.decode(document.body, type=LetterBody)


async def replayed(settings: Settings, body: LetterBody) -> dict[str, str]:
    async def wanted() -> AsyncIterator[LetterBody]:
        yield body

    async with make_producer(settings) as producer:
        return (await replay(settings, producer, wanted())).left


async def test_its_message_is_shown_and_sent_again_from_where_it_lies(
    stack: Stack, source: str
) -> None:
    body = await sent_letter(stack.settings, source)
    assert await read_letter(stack.settings, body) == VALUE
    assert await replayed(stack.settings, body) == {}
    async with make_consumer(stack.settings) as consumer:
        consumer.assign([TopicPartition(source, 0)])
        consumer.seek(TopicPartition(source, 0), 1)
        again = await asyncio.wait_for(consumer.getone(), 60)
    headers = dict(again.headers)
    assert (again.key, again.value, headers["trace"]) == (b"k", VALUE, HEADERS[0][1])
    letter = decode(Letter, headers[topics.LETTER_HEADER])
    assert (letter.letter_id, letter.shortened) == (body.letter_id, None)


@pytest.mark.parametrize(
    "changed",
    [{"offset": 7}, {"shortened": Shortened(beginning=b"t", size=7, sha256="0a" * 32)}],
    ids=["gone", "another one"],
)
async def test_a_message_that_lies_no_longer_there_is_said_to_be_lost(
    stack: Stack, source: str, changed: dict[str, Any]
) -> None:
    body = await sent_letter(stack.settings, source, **changed)
    with pytest.raises(PermanentError, match=r"it is no longer at .* send it again yourself"):
        await read_letter(stack.settings, body)
    (reason,) = (await replayed(stack.settings, body)).values()
    assert "too large for its letter" in reason
