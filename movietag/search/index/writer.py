"""Writes documents: bulk requests with external versions, so repeated writes change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch

from movietag.records import Document
from movietag.search.client import error_reason, transient_errors
from movietag.search.index.outcomes import ANSWER, PROBE_ID, Outcome, passing, read_outcomes

MOST_DOCUMENTS = 500
MOST_BYTES = 10 << 20
MOST_REASON = 500  # characters
PROBE = -1  # the position of what is no document of the input
HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A document that the server will never accept: its position in the input, and the reason."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Operation:
    position: int  # of its document in the input; ``PROBE`` for none
    index: str
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

    A refusal is the document's own fault only if the same index takes a deletion of no document in the same request.
    Whatever else an index refuses (it is closed, there are too many shards, a block) is a state of the cluster.

    ``terms`` receives the primary term of each index written to: it grows when an index is created again, and
    has then forgotten the versions of deleted documents.

    Raises:
        TransientError: the server or an index is unavailable, busy, takes nothing or refuses the login. Any part
            may have been written; the caller retries with the same documents.

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
        _Operation(position, documents[position].index, _lines(documents[position], version_type))
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
    """Send one bulk request; those that are refused are sent again, next to deletions of no document."""
    refused = await _refusals(es, chunk, terms)
    if not refused:
        return []
    probes = [_probe(index) for index in sorted({operation.index for operation, _ in refused})]
    again = [*probes, *(operation for operation, _ in refused)]
    still = await _refusals(es, again, terms)
    for operation, outcome in still:
        if operation.position == PROBE:
            raise passing(es, outcome)
    return [Rejected(operation.position, _short(outcome.reason)) for operation, outcome in still]


def _probe(index: str) -> _Operation:
    """The deletion of a document that never exists: whether an index takes anything at all."""
    return _Operation(PROBE, index, _lines(Document(index, PROBE_ID, 1)))


async def _refusals(
    es: AsyncElasticsearch, chunk: Sequence[_Operation], terms: dict[str, int]
) -> list[tuple[_Operation, Outcome]]:
    """Send one bulk request; if it is refused as a whole (e.g. an id is too long), bisect it to find the cause.

    Raises:
        TransientError: a retry may succeed.
    """
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
            return [(chunk[0], Outcome.of_request(error.status_code, error_reason(error)))]
        half = len(chunk) // 2
        first = await _refusals(es, chunk[:half], terms)
        return first + await _refusals(es, chunk[half:], terms)
    outcomes = read_outcomes(answer.body)
    for outcome in outcomes:
        if outcome._primary_term:
            terms[outcome._index] = max(terms.get(outcome._index, 0), outcome._primary_term)
        if outcome.passes:
            raise passing(es, outcome)
    return [
        (operation, outcome)
        for operation, outcome in zip(chunk, outcomes, strict=True)
        if not outcome.settled
    ]


def _short(reason: str) -> str:
    """The reason, without its middle if it is long: the server quotes its input."""
    half = MOST_REASON // 2 - 2
    return reason if len(reason) <= MOST_REASON else f"{reason[:half]} … {reason[-half:]}"
