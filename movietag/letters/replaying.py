"""Doing something about dead letters: sending them again, or purging them.

Nothing is ever lost by it: a letter stays in its topic whatever is done, what is sent again is
acknowledged by the broker before the letter is marked, and a command that was cut short is repeated.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from movietag import topics
from movietag.documents import LetterBody
from movietag.errors import PermanentError
from movietag.kafka.clients import kafka_errors
from movietag.kafka.unreadable import KIND
from movietag.letters import documents
from movietag.letters.reading import letter_of, letter_reader, letter_records
from movietag.records import Letter, VideoAgain, VideoJob, decode, encode
from movietag.settings import Settings

CHUNK = 50  # letters in hand at a time: each may have some megabytes
MARGIN = 4096  # bytes: what Kafka puts around a message


@dataclass
class ReplayOutcome:
    """What became of the letters: how many were done, and of the others why they were not."""

    done: int = 0
    left: dict[str, str] = field(default_factory=dict)  # letter id -> reason


async def replay(
    settings: Settings,
    sender: AIOKafkaProducer,
    wanted: AsyncIterable[LetterBody],
    progress: Callable[[int], None] = lambda done: None,
) -> ReplayOutcome:
    """Send the original messages of letters again to where they came from.

    Raises:
        TransientError: Kafka went away; what was not marked by then may be sent again.
    """
    outcome = ReplayOutcome()
    with kafka_errors(settings):
        async with letter_reader(settings) as consumer:
            async for chunk in _chunks(wanted):
                await _replay(consumer, sender, chunk, outcome)
                progress(outcome.done + len(outcome.left))
    return outcome


async def purge(
    settings: Settings,
    sender: AIOKafkaProducer,
    wanted: AsyncIterable[LetterBody],
    progress: Callable[[int], None] = lambda done: None,
) -> ReplayOutcome:
    """Have letters forgotten: nothing finds them any more, now or when the index is made anew.

    Their bytes stay in the topic, which is kept for ever.

    Raises:
        TransientError: Kafka went away.
    """
    outcome = ReplayOutcome()
    with kafka_errors(settings):
        async for chunk in _chunks(wanted):
            await _mark(sender, [documents.purged(body, _now()) for body in chunk])
            outcome.done += len(chunk)
            progress(outcome.done)
    return outcome


async def _replay(
    consumer: AIOKafkaConsumer,
    sender: AIOKafkaProducer,
    chunk: Sequence[LetterBody],
    outcome: ReplayOutcome,
) -> None:
    found = await letter_records(consumer, chunk)
    sends: dict[str, asyncio.Future[object]] = {}
    for body in chunk:
        try:
            record = letter_of(found.get(body.letter_id), body)
            letter = decode(Letter, dict(record.headers).get(topics.LETTER_HEADER))
            _refuse_batch(letter)
            topic, key, value = _where(letter, record.value)
            headers = [*letter.headers, (topics.LETTER_HEADER, encode(_small(letter)))]
            _require_room(topic, key, value, headers)
            sends[body.letter_id] = await sender.send(topic, value, key=key, headers=headers)
        except PermanentError as error:
            outcome.left[body.letter_id] = error.reason
    await asyncio.gather(*sends.values())
    sent = [body for body in chunk if body.letter_id not in outcome.left]
    await _mark(sender, [documents.replayed(body, _now()) for body in sent])
    outcome.done += len(sent)


async def _mark(sender: AIOKafkaProducer, bodies: Sequence[LetterBody]) -> None:
    """Say in the topic what was done; returns when the broker has it."""
    sends = [
        await sender.send(
            topics.DEAD_LETTERS.name,
            key=body.letter_id.encode(),
            headers=[(topics.MARK_HEADER, msgspec.json.encode(body))],
        )
        for body in bodies
    ]
    await asyncio.gather(*sends)


def _refuse_batch(letter: Letter) -> None:
    """Refuse a letter that holds a batch as it lay in Kafka: it is no message."""
    if letter.error == KIND:
        raise PermanentError(
            KIND,
            "It is a batch that could not be read, not a message. `movietag dead show` has its bytes:"
            " send what was in it anew.",
        )


def _where(letter: Letter, value: bytes | None) -> tuple[str, bytes | None, bytes | None]:
    """Topic, key and value of a replay: where it came from, but a video goes to its plan.

    The plan has written the video off; it takes it back if it is short.
    """
    if letter.topic != topics.VIDEOS.name:
        return letter.topic, letter.key, value
    try:
        job = decode(VideoJob, value)
    except PermanentError:
        return letter.topic, letter.key, value
    if job.work == "drop":
        return letter.topic, letter.key, value
    again = VideoAgain(job.movie_id, job.generation, job.video.video_id)
    return topics.REQUESTS.name, job.movie_id.encode(), encode(again)


def _require_room(
    topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
) -> None:
    """Refuse a message that its topic would refuse: what is sent beside it would fail with it."""
    spec = topics.BY_NAME.get(topic)
    size = len(key or b"") + len(value or b"") + sum(len(n) + len(v) for n, v in headers) + MARGIN
    if spec and size > spec.max_bytes:
        raise PermanentError(
            "too-large", f"With its history it has some {size:,} bytes, too many for {topic}."
        )


def _small(letter: Letter) -> Letter:
    """The letter without the original headers, which travel beside it."""
    return msgspec.structs.replace(letter, key=None, headers=())


async def _chunks(wanted: AsyncIterable[LetterBody]) -> AsyncIterator[list[LetterBody]]:
    chunk: list[LetterBody] = []
    async for body in wanted:
        chunk.append(body)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _now() -> int:
    return int(time.time() * 1000)
