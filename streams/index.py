"""index: documents -> Elasticsearch, as the count stage decided; dead letters -> their index.

Frames get the vectors of their captions here, where there is an embedder.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import partial

from movietag import topics
from movietag.embedding.embedder import embedder_of
from movietag.errors import PermanentError, TransientError
from movietag.letters.documents import letter_document
from movietag.records import Document, decode
from movietag.recount.current import let_first_stand
from movietag.search.client import connected, make_client, transient_errors
from movietag.search.embedded import node_ready
from movietag.search.index.ensuring import ensure_indices, ensure_schema
from movietag.search.index.others import ALIASES, OtherVocabularies
from movietag.search.index.refresh import own_indices
from movietag.search.index.renewing import outdated
from movietag.search.index.vectors import VectorWriter
from movietag.search.index.writer import Rejected, write
from movietag.settings import get_settings
from movietag.streams.deletions import Deletions
from movietag.streams.runtime.topics import (
    Event,
    Stream,
    channel,
    headers,
    milliseconds,
    position_of,
)
from movietag.streams.stage import Stage
from movietag.vocabulary import load

BATCH, WITHIN = 500, 0.2  # documents, seconds
AGAIN_SECONDS = 60.0
OURS = re.compile(rf"({'|'.join(ALIASES)})-[a-z0-9-]+\Z")  # of any vocabulary

stage = Stage("index", buffer=1024)
app = stage.app

documents = channel(app, topics.DOCUMENTS)
letters = channel(app, topics.DEAD_LETTERS)

elasticsearch = make_client(get_settings())
vocabulary = load(get_settings().vocabulary, get_settings().match)
embedder = embedder_of(get_settings().embedder)
vectors = VectorWriter(elasticsearch, embedder)
others = OtherVocabularies(elasticsearch, vocabulary.vocabulary_id)
deletions = Deletions(
    get_settings(), stage.persist, lambda made: write(elasticsearch, _known(made))
)
stage.run_beside(deletions.repeat)
known_indices = set(own_indices(vocabulary))


async def make_indices() -> None:
    """Make the indices and aliases that are not there; with a client of this event loop's own.

    Raises:
        UsageError: there is an embedder, and it cannot be used.
    """
    if embedder:
        await asyncio.to_thread(embedder.model)
    async with connected(get_settings()) as client:
        await ensure_schema(client, vocabulary)
        if old := await outdated(client, vocabulary):
            stage.log.warning("searches still go to %s, until `movietag recount`", ", ".join(old))


stage.follow(vocabulary.vocabulary_id, None)
stage.before(make_indices)
stage.before(partial(let_first_stand, get_settings(), vocabulary))


async def delete_again() -> None:
    """What was deleted in other vocabularies' indices is deleted there again, for as long as they are there."""
    while True:
        await asyncio.sleep(AGAIN_SECONDS)
        try:
            await others.delete_again()
        except TransientError as error:
            stage.log.warning("%s", error)


stage.run_beside(delete_again)


async def revive_shards() -> None:
    """Have the embedded Elasticsearch open again what it could not, such as while the disk was full."""
    while True:
        await asyncio.sleep(AGAIN_SECONDS)
        await asyncio.to_thread(node_ready, get_settings())


if get_settings().elasticsearch is None:
    stage.run_beside(revive_shards)


@app.agent(documents)
async def write_documents(stream: Stream) -> None:
    """Documents and deletions -> Elasticsearch."""
    await stage.consume_batches(stream, BATCH, WITHIN, write_batch)


async def write_batch(events: Sequence[Event]) -> None:
    """Write a batch; what Elasticsearch refuses for good becomes dead letters.

    A movie that is deleted is deleted in other vocabularies' indices, too: their count may run no more.
    """
    good: list[tuple[Event, Document]] = []
    bad: list[tuple[Event, PermanentError]] = []
    for event in events:
        try:
            document = decode(Document, event.message.value)
            await require_index(document.index)
            good.append((event, document))
        except PermanentError as error:
            bad.append((event, error))
    terms: dict[str, int] = {}
    written = [document for _, document in good]
    for rejected in await write_or_make("documents", written, terms):
        event, document = good[rejected.position]
        reason = f"Elasticsearch refuses document {document.key.decode()}: {rejected.reason}"
        bad.append((event, PermanentError("bad-document", reason)))
    deletions.written(terms, min(milliseconds(event) for event in events))
    await others.delete(written)
    for event, why in bad:  # after the writing: that may have to be tried again
        await stage.dead_letter(event, why)


async def require_index(name: str) -> None:
    """Refuse a document for an index that is none: it would be tried again for ever.

    Raises:
        PermanentError: ``bad-document``.
        TransientError: Elasticsearch is away.
    """
    if name in known_indices:
        return
    with transient_errors(elasticsearch):
        there = OURS.match(name) and await elasticsearch.indices.exists(index=name)
    if not there:
        raise PermanentError("bad-document", f"There is no index {name!r} for documents.")
    known_indices.add(name)


def _known(made: Sequence[Document]) -> list[Document]:
    """Those of indices into which this process has written, or would."""
    return [document for document in made if document.index in known_indices]


async def write_or_make(
    agent: str, written: list[Document], terms: dict[str, int] | None = None
) -> list[Rejected]:
    """Write documents; when an index was deleted meanwhile it is made again before the next try."""
    try:
        if embedder:
            with stage.metrics.step(agent, "embed"):
                written = await vectors.add(written)
        with stage.metrics.step(agent, "write"):
            rejected = await write(elasticsearch, written, terms=terms)
        if vectors.lost(rejected):
            raise TransientError("An index of frames was made anew, without its vectors.")
        return rejected
    except TransientError:
        known_indices.intersection_update(own_indices(vocabulary))  # others may be gone for good
        await ensure_indices(elasticsearch, vocabulary)
        raise


@app.agent(letters)
async def write_letters(stream: Stream) -> None:
    """Dead letters -> the index that `movietag dead list` reads."""
    await stage.consume_batches(stream, BATCH, WITHIN, write_letter_batch)


async def write_letter_batch(events: Sequence[Event]) -> None:
    """Write letters; one that cannot be read or written is only logged: it stays in its topic."""
    found = [document_of(event) for event in events]
    known = [document for document in found if document is not None]
    for rejected in await write_or_make("dead-letters", known):
        stage.log.error("letter %s: %s", known[rejected.position].doc_id, rejected.reason)


def document_of(event: Event) -> Document | None:
    """The document of a letter, or of a mark on one."""
    message = event.message
    try:
        return letter_document(headers(event), message.value, message.partition, message.offset)
    except PermanentError as error:
        stage.log.error("letter at %s: %s", position_of(event), error.reason)
        return None


if __name__ == "__main__":
    stage.main()
