"""Dead letters: the original bytes of a message, the stage that failed on it, and why."""

from __future__ import annotations

import hashlib
import time

import faust
import msgspec

from movietag import topics
from movietag.errors import PermanentError
from movietag.records import Failure, Letter, LetterId, MovieId, Shortened, decode, encode
from movietag.streams.runtime.topics import Event, channel, event_headers, position_of

BEGINNING = 4 << 10  # bytes of a value in a letter that is too large with all of it
BESIDE = 16 << 10  # bytes of key and headers in such a letter


def letter_for(
    event: Event, stage: str, error: PermanentError, movie_id: MovieId | None = None
) -> Letter:
    """The letter of an event: new, or the one it was replayed from with one more failure.

    The id is that of the first failure (source topic, partition, offset and stage) and is carried
    through replays: the same failure twice is one letter.
    """
    message = event.message
    failure = Failure(int(time.time() * 1000), error.kind, error.reason)
    original = event_headers(event)
    earlier = replayed_from(original)
    return Letter(
        letter_id=earlier.letter_id if earlier else LetterId(f"{position_of(event)}/{stage}"),
        stage=stage,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        error=error.kind,
        reason=error.reason,
        history=(*earlier.history, failure) if earlier else (failure,),
        key=message.key,
        headers=tuple(
            item for item in original.items() if not (earlier and item[0] == topics.LETTER_HEADER)
        ),
        movie_id=movie_id or (earlier.movie_id if earlier else None),
        more=earlier.more if earlier else "",
    )


def shortened_letter(letter: Letter, value: bytes | None) -> Letter:
    """The letter of a message that is too large for the topic of dead letters: its value's beginning, size and hash.

    A large key and large headers are left out; whoever replays it reads the message where it lies.
    """
    content = value or b""
    beside = len(letter.key or b"") + sum(len(name) + len(it) for name, it in letter.headers)
    return msgspec.structs.replace(
        letter,
        key=letter.key if beside <= BESIDE else None,
        headers=letter.headers if beside <= BESIDE else (),
        shortened=Shortened(
            beginning=content[:BEGINNING],
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        ),
    )


def replayed_from(headers: dict[str, bytes]) -> Letter | None:
    """The letter that a message was replayed from; a header that cannot be read is ignored."""
    if topics.LETTER_HEADER not in headers:
        return None
    try:
        return decode(Letter, headers[topics.LETTER_HEADER])
    except PermanentError:
        return None


class DeadLetters:
    """Sends the dead letters of a stage."""

    def __init__(self, app: faust.App) -> None:
        self._topic = channel(app, topics.DEAD_LETTERS)

    async def send(self, letter: Letter, value: bytes | None) -> None:
        """Send a letter; returns when the broker has it."""
        await (
            await self._topic.send(
                key=letter.letter_id.encode(),
                value=value,
                headers={topics.LETTER_HEADER: encode(letter)},
            )
        )
