"""Writes documents into known indices, which are created again if they were deleted."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from movietag.errors import PermanentError, TransientError
from movietag.records import Document
from movietag.search.index.others import ALIASES
from movietag.search.index.writer import Rejected
from movietag.streams.handlers.ports import Step

OURS = re.compile(rf"({'|'.join(map(re.escape, ALIASES))})-[a-z0-9-]+\Z")  # of any vocabulary


class Write(Protocol):
    """Writes documents: ``movietag.search.index.writer.write_bulk``."""

    async def __call__(
        self, documents: Sequence[Document], *, terms: dict[str, int] | None = None
    ) -> list[Rejected]:
        """Write them; returns those that can never be written."""
        ...


class Vectors(Protocol):
    """Gives frames their vectors: ``movietag.search.index.vectors.VectorWriter``."""

    async def add(self, documents: list[Document]) -> list[Document]:
        """The documents with their vectors."""
        ...

    def lost(self, rejected: Sequence[Rejected]) -> bool:
        """Whether an index has lost the field of vectors."""
        ...


@dataclass
class IndexWriter:
    """Writes documents of indices that are known.

    Attributes:
        own: the indices of the vocabulary in use.
        exists: whether there is an index of this name.
        make: makes the indices and aliases that are not there.
        write: writes documents and deletions.
        vectors: gives frames their vectors, where there is an embedder.
        step: measures both.
    """

    own: Sequence[str]
    exists: Callable[[str], Awaitable[bool]]
    make: Callable[[], Awaitable[None]]
    write: Write
    vectors: Vectors | None
    step: Step
    _known: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._known = set(self.own)

    def known(self, documents: Sequence[Document]) -> list[Document]:
        """Names of the indices into which this process writes."""
        return [document for document in documents if document.index in self._known]

    async def require_index(self, name: str) -> None:
        """Refuse a document for an unknown index, which would be retried for ever.

        Raises:
            PermanentError: ``bad-document``.
            TransientError: Elasticsearch is away.
        """
        if name in self._known:
            return
        if not (OURS.match(name) and await self.exists(name)):
            raise PermanentError("bad-document", f"There is no index {name!r} for documents.")
        self._known.add(name)

    async def write_or_make(
        self, agent: str, documents: list[Document], terms: dict[str, int] | None = None
    ) -> list[Rejected]:
        """Write documents; an index that was deleted meanwhile is created before the next retry.

        Raises:
            TransientError: Elasticsearch is away, or an index was not there.
        """
        try:
            if self.vectors:
                with self.step(agent, "embed"):
                    documents = await self.vectors.add(documents)
            with self.step(agent, "write"):
                rejected = await self.write(documents, terms=terms)
            if self.vectors and self.vectors.lost(rejected):
                raise TransientError("An index of frames was made anew, without its vectors.")
            return rejected
        except TransientError:
            self._known.intersection_update(self.own)  # others may be gone for good
            await self.make()
            raise
