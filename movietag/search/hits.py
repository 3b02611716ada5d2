"""The answer to a search: decoded without its documents, which are decoded once, as what they are.

Most of an answer are documents. As dicts they are the costliest objects of a request; decoded at once as structs, what a
struct does not have is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypedDict

import msgspec
from elasticsearch import OrjsonSerializer


class FoundDocument(TypedDict, total=False):
    """A hit: its document as JSON, what belongs to it, and hits within it."""

    _index: str
    _id: str
    _score: float | None
    _version: int
    _source: msgspec.Raw
    fields: dict[str, Any]
    sort: list[Any]
    inner_hits: dict[str, InnerHits]


class Hits(TypedDict, total=False):
    """Hits in their order, and how many there are in all."""

    total: Any
    hits: list[FoundDocument]


class InnerHits(TypedDict):
    """Hits within a hit."""

    hits: Hits


class SearchAnswer(TypedDict, total=False):
    """The answer to a search; what is not named here is passed over. ``error`` and ``status``: of a refusal."""

    hits: Hits
    aggregations: Any
    pit_id: str
    error: Any
    status: int


_DECODER: Final = msgspec.json.Decoder(SearchAnswer)
_undecoded: ContextVar[bool] = ContextVar("_undecoded", default=False)


@contextmanager
def undecoded_documents() -> Iterator[None]:
    """Within the block answers are a ``SearchAnswer``; of a client that has the ``SearchSerializer``."""
    token = _undecoded.set(True)
    try:
        yield
    finally:
        _undecoded.reset(token)


class SearchSerializer(OrjsonSerializer):  # pyrefly: ignore[invalid-inheritance]
    """Decodes answers with their documents, or without them where that is wanted."""

    def json_loads(self, data: bytes) -> Any:
        """Raises: ValueError: it is no JSON, or not of a search."""
        if not _undecoded.get():
            return super().json_loads(data)
        try:
            return _DECODER.decode(data)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from None


def document(hit: FoundDocument) -> dict[str, Any]:
    """The document of a hit, whatever it is."""
    decoded: dict[str, Any] = msgspec.json.decode(hit["_source"])
    return decoded
