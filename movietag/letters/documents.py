"""Dead letters as documents: from the records of their topic to the index.

The topic of dead letters never expires. Its records are letters (the original bytes, with a ``Letter`` in the
header ``letter``) and *marks* (no bytes, with a ``LetterBody`` in the header ``mark``), which record that a letter
was replayed or purged. The index is a function of the topic: the version of a document grows with the
letter's failures, and between two failures failed < replayed < purged, so repeated writes, and their order,
change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from movietag import topics
from movietag.documents import DEAD_LETTERS, LetterBody, index_name
from movietag.errors import PermanentError
from movietag.records import Document, Failure, Letter, decode

PREVIEW = 200  # characters of the payload in a letter's document
STATES = ("failed", "replayed", "purged")
MOST_STATES = 4  # versions between two failures


def letter_document(
    headers: Mapping[str, bytes], value: bytes | None, partition: int, offset: int
) -> Document:
    """The document of a record of the topic of dead letters.

    Raises:
        PermanentError: ``bad-record``: it is neither a letter nor a mark.
    """
    if topics.MARK_HEADER in headers:
        return body_document(decode(LetterBody, headers[topics.MARK_HEADER]))
    letter = decode(Letter, headers.get(topics.LETTER_HEADER))
    if not letter.history:
        raise PermanentError("bad-record", "A letter without a failure.")
    content = letter.shortened.beginning if letter.shortened else value or b""
    return body_document(
        LetterBody(
            letter_id=letter.letter_id,
            stage=letter.stage,
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            error=letter.error,
            reason=letter.reason,
            attempts=len(letter.history),
            history=tuple(Failure(one.at_ms, one.error, one.reason) for one in letter.history),
            movie_id=letter.movie_id,
            preview=preview(content),
            size=letter.shortened.size if letter.shortened else len(content),
            letter_partition=partition,
            letter_offset=offset,
            at_ms=letter.history[-1].at_ms,
        )
    )


def body_document(body: LetterBody) -> Document:
    """The document of a letter in its current state."""
    return Document(
        index_name(DEAD_LETTERS, ""),  # the same whatever the vocabulary
        body.letter_id.replace("/", "~"),
        body.attempts * MOST_STATES + STATES.index(body.state),
        msgspec.Raw(msgspec.json.encode(body)),
    )


def replayed(body: LetterBody, at_ms: int) -> LetterBody:
    """The letter as replayed; a new failure makes a newer document."""
    return msgspec.structs.replace(body, state="replayed", marked_ms=at_ms)


def purged(body: LetterBody, at_ms: int) -> LetterBody:
    """The letter as purged: only what keeps it from coming back."""
    return msgspec.structs.replace(
        body,
        state="purged",
        marked_ms=at_ms,
        error="",
        reason="",
        history=(),
        movie_id=None,
        preview="",
        size=0,
    )


def preview(value: bytes) -> str:
    """The beginning of a payload as text, with dots for unprintable characters."""
    text = value[: PREVIEW * 4].decode("utf-8", "replace")[:PREVIEW]
    return "".join(character if character.isprintable() else "·" for character in text)
