"""Sends events of movies to other programs, once Elasticsearch has the documents."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from movietag.errors import PermanentError
from movietag.records import Document, encode
from movietag.rules.events import event_of
from movietag.streams.runtime.topics import Sender

log = logging.getLogger("movietag")


@dataclass(frozen=True)
class Announcer:
    """Sends the events of documents.

    Attributes:
        events: takes them.
        index: of the movies that are searched; a second count's documents are announced to nobody.
        mark: the mark of the library.
    """

    events: Sender
    index: str
    mark: Callable[[], str]

    async def announce(self, written: Sequence[tuple[Document, int]]) -> None:
        """Send the events of these documents, each with its broker's time in milliseconds since 1970.

        Returns when the broker has them. A document that is written again is announced again, with the same id.
        """
        found = [self._message(one, at_ms) for one, at_ms in written if one.index == self.index]
        sends = [await self.events.send(key=one[0], value=one[1]) for one in found if one]
        await asyncio.gather(*sends)

    def _message(self, document: Document, at_ms: int) -> tuple[bytes, bytes] | None:
        """Key and value of the event; None: there is none, or it cannot be made, which holds up no document."""
        try:
            event = event_of(document, self.mark(), at_ms)
            return (event.subject.encode(), encode(event)) if event else None
        except (msgspec.ValidationError, PermanentError) as error:
            log.error("document %s is not announced: %s", document.doc_id, error)
            return None
