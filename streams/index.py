"""index: documents -> Elasticsearch, as the count stage decided; dead letters -> their index.

Frames get the vectors of their captions here, where there is an embedder.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from movietag import topics
from movietag.documents import MOVIES, index_name
from movietag.embedding.embedder import embedder_of
from movietag.errors import TransientError
from movietag.fleet.belonging import LibraryMark
from movietag.fleet.joining import join_library, watch_mark
from movietag.recount.current import make_first_current
from movietag.search.client import connected, make_client, require_answer, transient_errors
from movietag.search.embedded import node_ready
from movietag.search.index.ensuring import ensure_indices, ensure_schema
from movietag.search.index.losses import index_losses, mark_unbacked
from movietag.search.index.marks import write_mark
from movietag.search.index.others import OtherVocabularies
from movietag.search.index.refresh import own_indices
from movietag.search.index.renewing import outdated
from movietag.search.index.vectors import VectorWriter
from movietag.search.index.writer import write_bulk
from movietag.settings import get_settings
from movietag.stages import entry
from movietag.streams.deletions import Deletions
from movietag.streams.handlers.announcer import Announcer
from movietag.streams.handlers.document_indexer import DocumentIndexer, LetterIndexer
from movietag.streams.handlers.index_writer import IndexWriter
from movietag.streams.losses import LossWatch, knows_nothing, written_before
from movietag.streams.runtime.topics import Stream, channel
from movietag.streams.stage import Stage
from movietag.vocabulary import load

AGAIN_SECONDS = 60.0

log = logging.getLogger("movietag")

stage = Stage("index", buffer=1024)
app = stage.app

documents = channel(app, topics.DOCUMENTS)
events = channel(app, topics.EVENTS)
letters = channel(app, topics.DEAD_LETTERS)

elasticsearch = make_client(get_settings())
stage.queries("elasticsearch", partial(require_answer, elasticsearch))
vocabulary = load(get_settings().vocabulary, get_settings().match)
embedder = embedder_of(get_settings().embedder)
others = OtherVocabularies(elasticsearch, vocabulary.vocabulary_id)


async def exists(index: str) -> bool:
    """Whether an index of this name exists; raises TransientError while Elasticsearch is unreachable."""
    with transient_errors(elasticsearch):
        return bool(await elasticsearch.indices.exists(index=index))


async def make_again() -> None:
    """Create missing indices; those whose documents were written before are marked."""
    lost = await written_before(get_settings(), vocabulary.vocabulary_id)
    await ensure_indices(elasticsearch, vocabulary, lost)


writer = IndexWriter(
    own=tuple(own_indices(vocabulary)),
    exists=exists,
    make=make_again,
    write=partial(write_bulk, elasticsearch),
    vectors=VectorWriter(elasticsearch, embedder) if embedder else None,
    step=stage.metrics.step,
)
deletions = Deletions(
    get_settings(), stage.persist, lambda made: write_bulk(elasticsearch, writer.known(made))
)
stage.run_beside(deletions.repeat)
letter_indexer = LetterIndexer(writer)
losses = LossWatch(partial(index_losses, elasticsearch, vocabulary), make_again)
stage.run_beside(losses.watch)
stage.health.waits_for(losses.reasons)


joined: list[LibraryMark] = []
announcer = Announcer(events, index_name(MOVIES, vocabulary.vocabulary_id), lambda: joined[0].mark)
indexer = DocumentIndexer(writer, deletions, others, announcer, stage.settling)


async def make_indices() -> None:
    """Create missing indices and aliases of the library, with a client of this event loop.

    Raises:
        UsageError: there is an embedder, and it cannot be used; or Elasticsearch is another library's.
    """
    if embedder:
        await asyncio.to_thread(embedder.model)
    async with connected(get_settings()) as client:
        joined[:] = [await join_library(get_settings(), client)]
        lost = await written_before(get_settings(), vocabulary.vocabulary_id)
        await ensure_schema(client, vocabulary, lost)
        await write_mark(client, joined[0].mark)
        if await knows_nothing(get_settings()):
            await mark_unbacked(client, own_indices(vocabulary))
        if old := await outdated(client, vocabulary):
            log.warning("searches still go to %s, until `movietag recount`", ", ".join(old))


stage.follow(vocabulary, None)
stage.before(make_indices)
stage.before(partial(make_first_current, get_settings(), vocabulary))


async def delete_again() -> None:
    """Repeat deletions in other vocabularies' indices for as long as these exist."""
    while True:
        await asyncio.sleep(AGAIN_SECONDS)
        try:
            await others.delete_again()
        except TransientError as error:
            log.warning("%s", error)


stage.run_beside(delete_again)


async def stay_joined() -> None:
    """End this process once the library is written to another Elasticsearch."""
    await watch_mark(get_settings(), joined[0])


stage.run_beside(stay_joined)


async def revive_shards() -> None:
    """Retry shards that the embedded Elasticsearch gave up, e.g. while the disk was full."""
    while True:
        await asyncio.sleep(AGAIN_SECONDS)
        await asyncio.to_thread(node_ready, get_settings())


if get_settings().elasticsearch is None:
    stage.run_beside(revive_shards)


@app.agent(documents)
async def write_documents(stream: Stream) -> None:
    """Documents and deletions -> Elasticsearch."""
    most = entry("index").in_flight(get_settings())
    await stage.consume_batches(stream, indexer.handling(most))


@app.agent(letters)
async def write_letters(stream: Stream) -> None:
    """Dead letters -> the index that `movietag dead list` reads."""
    most = entry("index").in_flight(get_settings())
    await stage.consume_batches(stream, letter_indexer.handling(most))


if __name__ == "__main__":
    stage.main()
