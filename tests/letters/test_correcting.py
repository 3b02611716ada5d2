"""A corrected message: the same title with other fields, which the stages accept."""

from __future__ import annotations

import secrets
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord, TopicPartition
from support import sample_movies
from support.patience import within

from movietag import topics
from movietag.adding import key_of
from movietag.documents import LetterBody
from movietag.errors import PermanentError, UsageError
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.letters.correcting import corrected_title, require_title, send_corrected
from movietag.letters.documents import letter_document
from movietag.local.stack import Stack
from movietag.records import Letter, decode, encode
from movietag.settings import Settings
from movietag.streams.failures.dead_letters import letter_for
from movietag.vocabulary import from_lines

LETTER = sample_movies.letter(from_lines("letters", ["horror"]))


def corrected(value: bytes, *changes: str) -> Any:
    return msgspec.json.decode(corrected_title(value, changes, Settings(home=Path("/home/none"))))


@pytest.mark.parametrize(
    ("value", "changes", "fields"),
    [
        (b'{"title": "Heat", "year": 19955}', ["year=1995"], {"title": "Heat", "year": "1995"}),
        (
            b'{"title": "Heat", "yeer": 1995}',
            ["yeer=", "year=1995"],
            {"title": "Heat", "year": "1995"},
        ),
        (b"Heat (2999)", ["title=Heat", "year=1995"], {"title": "Heat", "year": "1995"}),
        (b'{"title": "1917"}', ["year=2019"], {"title": "1917", "year": "2019"}),
        (
            b'{"title": "Heat", "urls": ["ftp://x"]}',
            ["urls=https://youtu.be/a", "urls=https://youtu.be/b"],
            {"title": "Heat", "urls": ["https://youtu.be/a", "https://youtu.be/b"]},
        ),
        (b'{"title": "Heat", "year": 1}', ["year="], {"title": "Heat"}),
        (b'{"title": " "}', ["title=a=b"], {"title": "a=b"}),
        (
            b'{"title": "Heat", "genres": [1]}',
            ["genres=drama, crime"],
            {"title": "Heat", "genres": "drama, crime"},
        ),
        (
            b'{"title": "Heat", "year": 1}',
            ["year=1995", "refresh=true"],
            {"title": "Heat", "year": "1995", "refresh": True},
        ),
        (
            b'{"title": "Heat", "yeer": 1995}',
            ["yeer=", "cancel=true"],
            {"title": "Heat", "cancel": True},
        ),
        (
            b'{"payload": {"title": "Heat", "year": 1}, "schema": {}}',
            ["year=1995"],
            {"title": "Heat", "year": "1995"},
        ),
    ],
)
def test_fields_are_changed_added_and_removed(
    value: bytes, changes: list[str], fields: dict[str, object]
) -> None:
    assert corrected(value, *changes) == fields


@pytest.mark.parametrize(
    ("value", "changes", "why"),
    [
        (b'{"title": "Heat"}', ["year"], "'year' is not FIELD=VALUE"),
        (b'{"title": "Heat"}', ["yeer=1995"], "'yeer' is not a field of a title"),
        (b'{"title": "Heat"}', ["year=1995", "year=1996"], "set 2 times"),
        (b'{"title": "Heat"}', ["refresh=yes"], "true or false, not 'yes'"),
        (b'{"title": "Heat", "yeer": 1}', ["year=1995"], "the field .*yeer"),
        (b'{"title": "Heat"}', ["year=19955"], "The field year is '19955'"),
        (b"\xff\xfe", ["title=Heat"], "Give the whole message: --message"),
    ],
)
def test_what_would_fail_again_is_not_sent(value: bytes, changes: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        corrected(value, *changes)


def test_only_titles_can_be_corrected() -> None:
    require_title(LETTER)
    require_title(msgspec.structs.replace(LETTER, topic=topics.BULK_TITLES.name))
    with pytest.raises(UsageError, match=r"holds a message of movietag\.videos"):
        require_title(msgspec.structs.replace(LETTER, topic="movietag.videos"))


async def test_a_corrected_message_is_sent_as_a_replay_of_its_letter(stack: Stack) -> None:
    failed = f'{{"title": "Heat {secrets.token_hex(4)}", "year": 19955}}'.encode()
    message = SimpleNamespace(
        topic=topics.TITLES.name, partition=0, offset=1 << 40, key=b"k", value=failed
    )
    event: Any = SimpleNamespace(message=message, headers={"trace": b"t"})
    letter = letter_for(event, "plan", PermanentError("bad-year", "No year."))
    headers = {topics.LETTER_HEADER: encode(letter)}
    await create_topics(stack.settings)
    async with make_producer(stack.settings) as producer:
        at = await producer.send_and_wait(
            topics.DEAD_LETTERS.name,
            failed,
            key=letter.letter_id.encode(),
            headers=list(headers.items()),
        )
        document = letter_document(headers, failed, at.partition, at.offset)
        body = msgspec.json.decode(document.body, type=LetterBody)
        value = corrected_title(failed, ["year=1995"], stack.settings)
        outcome = await send_corrected(stack.settings, producer, body, value)
    assert (outcome.done, outcome.left) == (1, {})
    sent = await sent_title(stack.settings, value)
    assert sent.key == key_of(value)
    carried = dict(sent.headers)
    assert carried["trace"] == b"t"
    assert decode(Letter, carried[topics.LETTER_HEADER]).letter_id == letter.letter_id


async def sent_title(settings: Settings, value: bytes) -> ConsumerRecord:
    """The message with this value on the topic of titles."""
    places = [TopicPartition(topics.TITLES.name, n) for n in range(settings.kafka_partitions)]
    async with make_consumer(settings) as consumer, within(60):
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while True:
            message = await consumer.getone()
            if message.value == value:
                return message
