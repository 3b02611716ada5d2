"""Replaying dead letters, and purging them.

Nothing is lost by either: a letter stays in its topic, the broker acknowledges a replayed message before the
letter is marked, and a command that was interrupted can be repeated.
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
from movietag.letters.reading import FailedMessage, letter_reader, read_letters
from movietag.records import Letter, VideoAgain, VideoJob, decode, encode
from movietag.settings import Settings

CHUNK = 50  # letters in memory at a time, each of a few megabytes at most
MARGIN = 4096  # bytes of Kafka's framing of a message


@dataclass
class ReplayOutcome:
    """How many letters were done, and why the others were not."""

    done: int = 0
    left: dict[str, str] = field(default_factory=dict)  # letter id -> reason


async def replay(
    settings: Settings,
    sender: AIOKafkaProducer,
    wanted: AsyncIterable[LetterBody],
    progress: Callable[[int], None] = lambda done: None,
    change: Callable[[FailedMessage], FailedMessage] = lambda failed: failed,
) -> ReplayOutcome:
    """Send the messages of letters to their topics again: the original ones, or what ``change`` makes of them.

    Raises:
        TransientError: Kafka became unreachable; letters not marked by then may be sent again.
    """
    outcome = ReplayOutcome()
    with kafka_errors(settings):
        async with letter_reader(settings) as consumer:
            async for chunk in _chunks(wanted):
                await _replay(consumer, sender, chunk, outcome, change)
                progress(outcome.done + len(outcome.left))
    return outcome


async def purge(
    settings: Settings,
    sender: AIOKafkaProducer,
    wanted: AsyncIterable[LetterBody],
    progress: Callable[[int], None] = lambda done: None,
) -> ReplayOutcome:
    """Remove letters from the index for good, even if it is rebuilt.

    Their bytes stay in the topic, which never expires.

    Raises:
        TransientError: Kafka became unreachable.
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
    change: Callable[[FailedMessage], FailedMessage],
) -> None:
    read = await read_letters(consumer, chunk)
    sends: dict[str, asyncio.Future[object]] = {}
    for body in chunk:
        try:
            failed = read[body.letter_id]
            if isinstance(failed, PermanentError):
                raise failed  # as the other reasons for which it stays
            _refuse_batch(failed.letter)
            failed = change(failed)
            topic, key, value = _where(failed)
            headers = [*failed.headers, (topics.LETTER_HEADER, encode(_small(failed.letter)))]
            _require_room(topic, key, value, headers)
            sends[body.letter_id] = await sender.send(topic, value, key=key, headers=headers)
        except PermanentError as error:
            outcome.left[body.letter_id] = error.reason
    await asyncio.gather(*sends.values())
    sent = [body for body in chunk if body.letter_id not in outcome.left]
    await _mark(sender, [documents.replayed(body, _now()) for body in sent])
    outcome.done += len(sent)


async def _mark(sender: AIOKafkaProducer, bodies: Sequence[LetterBody]) -> None:
    """Record in the topic what was done; returns when the broker has acknowledged it."""
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
    """Refuse a letter that holds an unreadable batch: it is not a message."""
    if letter.error == KIND:
        raise PermanentError(
            KIND,
            "It is a batch that could not be read, not a message. `movietag dead show` has its bytes:"
            " send the messages in it again yourself.",
        )


def _where(failed: FailedMessage) -> tuple[str, bytes | None, bytes | None]:
    """Topic, key and value of a replay: the original ones, but a video is sent to the plan stage.

    The plan has recorded the video as failed; it takes it back if it is short.
    """
    same = failed.letter.topic, failed.key, failed.value
    if failed.letter.topic != topics.VIDEOS.name:
        return same
    try:
        job = decode(VideoJob, failed.value)
    except PermanentError:
        return same
    if job.work == "drop":
        return same
    again = VideoAgain(job.movie_id, job.generation, job.video.video_id)
    return topics.REQUESTS.name, job.movie_id.encode(), encode(again)


def _require_room(
    topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
) -> None:
    """Refuse a message that its topic would refuse: messages of the same batch would fail with it."""
    spec = topics.BY_NAME.get(topic)
    size = len(key or b"") + len(value or b"") + sum(len(n) + len(v) for n, v in headers) + MARGIN
    if spec and size > spec.max_bytes:
        raise PermanentError(
            "too-large", f"With its history it has about {size:,} bytes, too many for {topic}."
        )


def _small(letter: Letter) -> Letter:
    """The letter without key, headers and beginning of the message, which has them as its own."""
    return msgspec.structs.replace(letter, key=None, headers=(), shortened=None)


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
