"""The case of index: documents and deletions stand in Elasticsearch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import msgspec

from contract.case import Case, Message, Outcome, Sent
from contract.gates import Gate
from contract.watching import Watcher
from movietag import topics
from movietag.documents import FRAMES, FrameBody, index_name
from movietag.records import Document, decode, encode
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.vocabulary import load

INDEX = index_name(FRAMES, load("mpst").vocabulary_id)
DOCUMENTS, VERSIONS = 12, 3


class Documents(Case):
    """Documents -> Elasticsearch: the newest version stands, whenever it comes."""

    name, stage, group, source = "documents", "index", "movietag-index", topics.DOCUMENTS
    most_in_flight, most_seen = 1, 2  # batches; of letters there may be one, too
    starts_without = False  # it makes the indices first

    def __init__(self, watcher: Watcher, gate: Gate, settings: Settings) -> None:
        super().__init__(watcher, gate)
        self._settings = settings

    def inputs(self, run: str) -> list[Message]:
        """Several versions of each document, the newest first; that of each fourth deletes it."""
        documents = [
            _document(run, number, version)
            for version in range(VERSIONS, 0, -1)
            for number in range(DOCUMENTS)
        ]
        return [Message(document.key, encode(document)) for document in documents]

    def expected(self, run: str, sent: Sequence[Sent]) -> Outcome:
        """The newest version of each, without those that were deleted."""
        newest: dict[str, Document] = {}
        for item in sent:
            document = decode(Document, item.message.value)
            if document.doc_id not in newest or newest[document.doc_id].version < document.version:
                newest[document.doc_id] = document
        return {
            doc_id: (document.version, msgspec.json.decode(document.body))
            for doc_id, document in newest.items()
            if not document.deleted
        }

    async def outcome(self, run: str) -> Outcome:
        """What Elasticsearch has."""
        found: dict[Hashable, object] = {}
        async with connected(self._settings) as es:
            if not await es.indices.exists(index=INDEX):
                return found
            await es.indices.refresh(index=INDEX)
            answer = await es.search(
                index=INDEX, size=1000, version=True, query={"term": {"movie_id": _movie(run)}}
            )
        for hit in answer["hits"]["hits"]:
            found[hit["_id"]] = (hit["_version"], hit["_source"])
        return found

    def seen_in_flight(self, pid: int) -> int | None:
        """Bulk requests that wait for an answer, each on a connection of its own."""
        return self.gate.waiting

    def poison(self, run: str) -> Message:
        """A document that Elasticsearch refuses."""
        body = msgspec.Raw(b'{"slot": "no number"}')
        document = Document(INDEX, f"poison-{run}", 1, body)
        return Message(document.key, encode(document))


def _movie(run: str) -> str:
    return f"contract-index-{run}"


def _document(run: str, number: int, version: int) -> Document:
    doc_id = f"{_movie(run)}~{number}"
    if version == VERSIONS and number % 4 == 0:
        return Document(INDEX, doc_id, version)
    body = FrameBody(
        movie_id=_movie(run),
        title="Heat",
        year=1995,
        tagger="model@1",
        video_id="a",
        video_title="Heat trailer",
        slot=number,
        time=number + 0.5,
        caption=f"version {version}",
        tags=("horror",),
        link="https://youtu.be/a?t=1s",
        updated_ms=1_000,
    )
    return Document(INDEX, doc_id, version, msgspec.Raw(msgspec.json.encode(body)))
