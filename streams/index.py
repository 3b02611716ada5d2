"""index: documents -> Elasticsearch, as the count stage decided; dead letters -> their index."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from movietag import topics
from movietag.documents import DEAD_LETTERS, LetterBody, index_name
from movietag.errors import PermanentError, TransientError
from movietag.records import Document, Letter, decode
from movietag.search.client import connected, make_client
from movietag.search.schema import ensure_schema
from movietag.search.writer import Rejected, write
from movietag.settings import settings
from movietag.vocabulary import load
from streams.stage import Stage
from streams.topics import Event, Stream, channel, headers

BATCH, WITHIN = 500, 0.2  # documents, seconds
PREVIEW = 200  # characters of a letter's payload that are shown

stage = Stage("index", buffer=1024)
app = stage.app

documents = channel(app, topics.DOCUMENTS)
letters = channel(app, topics.DEAD_LETTERS)

elasticsearch = make_client(settings())
vocabulary = load(settings().vocabulary, settings().match)


async def make_indices() -> None:
    """Make the indices and aliases that are not there; with a client of this event loop's own."""
    async with connected(settings()) as client:
        await ensure_schema(client, vocabulary)


stage.before(make_indices)


@app.agent(documents)
async def write_documents(stream: Stream) -> None:
    """Documents and deletions -> Elasticsearch."""
    await stage.consume_batches(stream, BATCH, WITHIN, write_batch)


async def write_batch(events: Sequence[Event]) -> None:
    """Write a batch; what Elasticsearch refuses for good becomes dead letters."""
    good: list[tuple[Event, Document]] = []
    bad: list[tuple[Event, PermanentError]] = []
    for event in events:
        try:
            good.append((event, decode(Document, event.message.value)))
        except PermanentError as error:
            bad.append((event, error))
    for rejected in await write_or_make([document for _, document in good]):
        event, document = good[rejected.position]
        reason = f"Elasticsearch refuses document {document.key.decode()}: {rejected.reason}"
        bad.append((event, PermanentError("bad-document", reason)))
    for event, why in bad:  # after the writing: that may have to be tried again
        await stage.dead_letter(event, why)


async def write_or_make(written: list[Document]) -> list[Rejected]:
    """Write documents; when an index was deleted meanwhile it is made again before the next try."""
    try:
        return await write(elasticsearch, written)
    except TransientError:
        await ensure_schema(elasticsearch, vocabulary)
        raise


@app.agent(letters)
async def write_letters(stream: Stream) -> None:
    """Dead letters -> the index that `movietag dead list` reads."""
    await stage.consume_batches(stream, BATCH, WITHIN, write_letter_batch)


async def write_letter_batch(events: Sequence[Event]) -> None:
    """Write letters; one that cannot be read or written is only logged: it stays in its topic."""
    found = [letter_document(event) for event in events]
    known = [document for document in found if document is not None]
    for rejected in await write_or_make(known):
        stage.log.error("letter %s: %s", known[rejected.position].doc_id, rejected.reason)


def letter_document(event: Event) -> Document | None:
    """The document of a letter; its version is its number of attempts."""
    message = event.message
    try:
        letter = decode(Letter, headers(event).get(topics.LETTER_HEADER))
    except PermanentError as error:
        place = f"{message.topic}/{message.partition}/{message.offset}"
        stage.log.error("letter at %s: %s", place, error.reason)
        return None
    value = message.value or b""
    body = LetterBody(
        letter_id=letter.letter_id,
        stage=letter.stage,
        topic=letter.topic,
        partition=letter.partition,
        offset=letter.offset,
        error=letter.error,
        reason=letter.reason,
        attempts=len(letter.history),
        history=letter.history,
        movie_id=letter.movie_id,
        preview=preview(value),
        size=len(value),
        letter_partition=message.partition,
        letter_offset=message.offset,
        at_ms=letter.history[-1].at_ms,
    )
    return Document(
        index_name(DEAD_LETTERS, vocabulary.vocabulary_id),
        letter.letter_id.replace("/", "~"),
        len(letter.history),
        msgspec.Raw(msgspec.json.encode(body)),
    )


def preview(value: bytes) -> str:
    """The beginning of a payload as text, with dots for what cannot be shown."""
    text = value[: PREVIEW * 4].decode("utf-8", "replace")[:PREVIEW]
    return "".join(character if character.isprintable() else "·" for character in text)


if __name__ == "__main__":
    stage.main()
