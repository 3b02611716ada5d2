"""Handlers of the index stage: documents and dead letters -> Elasticsearch."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from movietag.documents import MOVIES
from movietag.errors import PermanentError
from movietag.letters.documents import letter_document
from movietag.records import Document, decode
from movietag.streams.failures.settling import Settling
from movietag.streams.handlers.index_writer import IndexWriter
from movietag.streams.runtime.consuming import BatchHandling
from movietag.streams.runtime.topics import Event, event_headers, milliseconds, position_of
from movietag.streams.watch.logs import told

WITHIN = 0.2  # seconds in which a batch is gathered

log = logging.getLogger("movietag")


class Deleting(Protocol):
    """Repeats deletions that an index may have forgotten: ``movietag.streams.deletions.Deletions``."""

    def written(self, terms: Mapping[str, int], oldest_ms: int) -> None:
        """Record the result of writing a batch."""
        ...


class Others(Protocol):
    """Deletes in other vocabularies' indices: ``movietag.search.index.others.OtherVocabularies``."""

    async def delete(self, documents: Sequence[Document]) -> None:
        """Delete the movies that these documents delete."""
        ...


class Announcing(Protocol):
    """Sends events of what was written: ``movietag.streams.handlers.announcer.Announcer``."""

    async def announce(self, written: Sequence[tuple[Document, int]]) -> None:
        """Send the events of these documents, each with its broker's time in milliseconds since 1970."""
        ...


@dataclass(frozen=True)
class DocumentIndexer:
    """Writes documents; those that Elasticsearch refuses permanently become dead letters.

    Attributes:
        writer: writes them.
        deletions: repeats deletions where that is needed.
        others: the indices of other vocabularies.
        announcing: sends the events of what was written.
        settling: takes dead letters.
    """

    writer: IndexWriter
    deletions: Deleting
    others: Others
    announcing: Announcing
    settling: Settling

    def handling(self, most: int) -> BatchHandling:
        """How documents are handled."""
        return BatchHandling(self.write_batch, most, WITHIN)

    async def write_batch(self, events: Sequence[Event]) -> None:
        """Write a batch.

        A movie that is deleted is deleted in other vocabularies' indices, too: their count may run no more.

        Raises:
            TransientError: Elasticsearch is away; any part may have been written.
        """
        good: list[tuple[Event, Document]] = []
        bad: list[tuple[Event, PermanentError]] = []
        for event in events:
            try:
                document = decode(Document, event.message.value)
                await self.writer.require_index(document.index)
                good.append((event, document))
            except PermanentError as error:
                bad.append((event, error))
        terms: dict[str, int] = {}
        written = [document for _, document in good]
        refused = await self.writer.write_or_make("documents", written, terms)
        for rejected in refused:
            event, document = good[rejected.position]
            reason = f"Elasticsearch refuses document {document.key.decode()}: {rejected.reason}"
            bad.append((event, PermanentError("bad-document", reason)))
        gone = {rejected.position for rejected in refused}
        taken = [one for position, one in enumerate(good) if position not in gone]
        self.deletions.written(terms, min(milliseconds(event) for event in events))
        await self.others.delete(written)
        await self.announcing.announce([(one, milliseconds(event)) for event, one in taken])
        for document in written:
            _tell(document)
        for event, why in bad:  # after the writing: that may have to be tried again
            await self.settling.dead_letter(event, why)


class _Ended(msgspec.Struct):
    """What a line of the log says of a movie's document."""

    status: str = ""
    images: int = 0


def _tell(document: Document) -> None:
    """Log the document of a movie that has ended, or is deleted."""
    if not document.index.startswith(f"{MOVIES}-"):
        return
    movie = document.doc_id.partition("~")[0]  # then the tagger
    if bytes(document.body) == b"null":
        told(log, logging.INFO, "index: deleted", movie=movie)
        return
    ended = msgspec.json.decode(document.body, type=_Ended)
    if ended.status != "running":
        told(log, logging.INFO, f"index: {ended.status}, {ended.images} images", movie=movie)


@dataclass(frozen=True)
class LetterIndexer:
    """Writes dead letters into the index that `movietag dead list` reads."""

    writer: IndexWriter

    def handling(self, most: int) -> BatchHandling:
        """How letters are handled."""
        return BatchHandling(self.write_batch, most, WITHIN)

    async def write_batch(self, events: Sequence[Event]) -> None:
        """Write letters; a letter that cannot be read or written is logged and stays in its topic.

        Raises:
            TransientError: Elasticsearch is away.
        """
        found = [document_of(event) for event in events]
        known = [document for document in found if document is not None]
        for rejected in await self.writer.write_or_make("dead-letters", known):
            log.error("letter %s: %s", known[rejected.position].doc_id, rejected.reason)


def document_of(event: Event) -> Document | None:
    """The document of a letter, or of a change of its state."""
    message = event.message
    try:
        return letter_document(
            event_headers(event), message.value, message.partition, message.offset
        )
    except PermanentError as error:
        log.error("letter at %s: %s", position_of(event), error.reason)
        return None
