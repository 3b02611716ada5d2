"""Writes documents: bulk requests with external versions, so repeated writes change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch

from movietag.errors import TransientError
from movietag.records import Document
from movietag.search.client import BUSY, address, error_reason, transient_errors

MOST_DOCUMENTS = 500
MOST_BYTES = 10 << 20
MOST_REASON = 500  # characters
ANSWER = (
    "items.*.status,items.*.error.type,items.*.error.reason,items.*._index,items.*._primary_term"
)
HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A document that the server will never accept: its position in the input, and the reason."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Operation:
    position: int
    lines: tuple[
        bytes, ...
    ]  # of the bulk request: the action, and the body unless it is a deletion

    @property
    def size(self) -> int:
        return sum(len(line) + 1 for line in self.lines)


class _Header(msgspec.Struct, frozen=True):
    _index: str
    _id: str
    version: int
    version_type: str


class _Error(msgspec.Struct, frozen=True):
    type: str
    reason: str | None = None


class _Outcome(msgspec.Struct, frozen=True):
    status: int
    error: _Error | None = None
    _index: str = ""
    _primary_term: int = 0  # grows when the index is created again, or moves


async def write_bulk(
    es: AsyncElasticsearch,
    documents: Sequence[Document],
    *,
    in_place: bool = False,
    terms: dict[str, int] | None = None,
) -> list[Rejected]:
    """Write documents and deletions; returns those that can never be written, ordered by position.

    Of several versions of a document only the newest is sent. The server keeps the newest version, so a
    replay (409) counts as done, and so does deleting a document that does not exist (404). A document can
    be read by id immediately, and is visible to searches within a second. ``in_place`` also replaces a
    document of the same version: for documents with the same content and more.

    ``terms`` receives the primary term of each index written to: it grows when an index is created again, and
    has then forgotten the versions of deleted documents.

    Raises:
        TransientError: the server or an index is unavailable, busy or refuses the login. Any part may have
            been written; the caller retries with the same documents.

    """
    rejected: list[Rejected] = []
    version_type = "external_gte" if in_place else "external"
    for chunk in _chunks(_operations(documents, version_type)):
        rejected += await _send(es, chunk, {} if terms is None else terms)
    return sorted(rejected, key=lambda item: item.position)


def _operations(documents: Sequence[Document], version_type: str = "external") -> list[_Operation]:
    """The newest version of each document, in input order."""
    newest: dict[tuple[str, str], int] = {}
    for position, document in enumerate(documents):
        key = (document.index, document.doc_id)
        if key not in newest or documents[newest[key]].version <= document.version:
            newest[key] = position
    return [
        _Operation(position, _lines(documents[position], version_type))
        for position in newest.values()
    ]


def _lines(document: Document, version_type: str = "external") -> tuple[bytes, ...]:
    header = _Header(document.index, document.doc_id, document.version, version_type)
    if document.deleted:
        return (msgspec.json.encode({"delete": header}),)
    # A line break between the tokens of a body would end its line of the bulk request.
    body = bytes(document.body).replace(b"\n", b" ").replace(b"\r", b" ")
    return (msgspec.json.encode({"index": header}), body)


def _chunks(operations: Sequence[_Operation]) -> Iterator[list[_Operation]]:
    """Bulk requests of bounded count and size; a document above the size goes alone."""
    chunk: list[_Operation] = []
    size = 0
    for operation in operations:
        if chunk and (len(chunk) == MOST_DOCUMENTS or size + operation.size > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(operation)
        size += operation.size
    if chunk:
        yield chunk


async def _send(
    es: AsyncElasticsearch, chunk: Sequence[_Operation], terms: dict[str, int]
) -> list[Rejected]:
    """Send one bulk request; if it is refused as a whole (e.g. an id is too long), bisect it to find the cause."""
    lines = b"".join(line + b"\n" for operation in chunk for line in operation.lines)
    try:
        with transient_errors(es):
            # Not `es.bulk`: it accepts only dicts, and the bodies are JSON already.
            answer = await es.perform_request(
                "POST", "/_bulk", params={"filter_path": ANSWER}, headers=HEADERS, body=lines
            )
    except ApiError as error:
        if error.status_code not in {400, 413}:
            raise
        if len(chunk) == 1:
            return [Rejected(chunk[0].position, _short(error_reason(error)))]
        half = len(chunk) // 2
        return await _send(es, chunk[:half], terms) + await _send(es, chunk[half:], terms)
    outcomes = msgspec.convert(answer.body["items"], list[dict[str, _Outcome]])
    for outcome in (outcome for item in outcomes for outcome in item.values()):
        if outcome._primary_term:
            terms[outcome._index] = max(terms.get(outcome._index, 0), outcome._primary_term)
    return [
        Rejected(operation.position, _short(f"{outcome.error.type}: {outcome.error.reason}"))
        for operation, item in zip(chunk, outcomes, strict=True)
        for outcome in item.values()
        if outcome.error and not _settled(es, outcome)
    ]


def _settled(es: AsyncElasticsearch, outcome: _Outcome) -> bool:
    """Whether a failed operation is final.

    Raises:
        TransientError: a retry may succeed.
    """
    error = outcome.error
    if error is None or outcome.status == 409:
        return True
    missing = error.type == "index_not_found_exception"
    if missing or outcome.status >= 500 or outcome.status in BUSY | {401, 403}:
        raise TransientError(
            f"Elasticsearch at {address(es)} cannot write now: {error.reason}"
            f" ({error.type}, {outcome.status})."
            + (" The index stage creates missing indices when it starts." if missing else "")
        )
    return False


def _short(reason: str) -> str:
    """The reason, without its middle if it is long: the server quotes its input."""
    half = MOST_REASON // 2 - 2
    return reason if len(reason) <= MOST_REASON else f"{reason[:half]} … {reason[-half:]}"
