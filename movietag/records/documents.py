"""What the index stage consumes: the records of movietag.documents and movietag.dead-letters."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from movietag.records.bounds import (
    Kind,
    LetterIdField,
    MovieId,
    Name,
    Number,
    Offset,
    Sha256,
    Text,
)
from movietag.records.parts import Failure
from movietag.records.wire import Message, Record


class Document(Message, frozen=True):
    """A document for Elasticsearch, or its deletion (body ``null``).

    The key on the topic is ``index/doc_id``; ``version`` is external and monotone.
    ``change`` says what other programs hear of (``movietag.records.Change``, or a newer version's word; empty: nothing).
    """

    VERSION: ClassVar[int] = 2  # since 0.1: `change`

    index: Name
    doc_id: Name
    version: Offset
    body: msgspec.Raw = msgspec.Raw(b"null")
    change: Name = ""

    @property
    def deleted(self) -> bool:
        """Whether this is a deletion."""
        return bytes(self.body) == b"null"

    @property
    def key(self) -> bytes:
        """The key on the topic."""
        return f"{self.index}/{self.doc_id}".encode()


class Shortened(Record, frozen=True):
    """What a letter has of a value that is too large for it: its beginning, its size in bytes, its SHA-256 in hex.

    The message itself lies where the letter says, for as long as its topic has it.
    """

    beginning: bytes
    size: Offset
    sha256: Sha256


class Letter(Message, frozen=True):
    """The header of a dead letter, whose value is the original bytes, unchanged; none where it is ``shortened``.

    ``topic``, ``partition`` and ``offset`` are those of the last failure; ``letter_id`` has those of the first.
    """

    VERSION: ClassVar[int] = 2  # since 0.1: `shortened`

    letter_id: LetterIdField
    stage: Name
    topic: Name
    partition: Number
    offset: Offset
    error: Kind
    reason: Text
    history: tuple[Failure, ...] = ()  # every attempt, including the last
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()  # of the original message
    movie_id: MovieId | None = None  # according to the key, which may be anything
    shortened: Shortened | None = None
