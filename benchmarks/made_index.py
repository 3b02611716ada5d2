"""The made-up library in indices of its own, which are kept for the next run of the same size."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from elasticsearch import AsyncElasticsearch

from benchmarks.made_library import MadeLibrary
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES, index_name, read_name
from movietag.errors import TransientError
from movietag.records import Document
from movietag.search.client import connected, count_documents
from movietag.search.index.ensuring import alias_actions
from movietag.search.index.schema import SETTINGS, mapping, sort_settings
from movietag.search.index.writer import write_bulk
from movietag.settings import get_settings
from movietag.vocabulary import Vocabulary

BATCH = 4  # movies written at once: some 500 documents
ALIASES = (MOVIES, MOVIE_TAGS, FRAMES)


async def fill(es: AsyncElasticsearch, library: MadeLibrary) -> float | None:
    """Write the library, unless it is there; returns documents a second."""
    names = [index_name(alias, library.vocabulary.vocabulary_id) for alias in ALIASES]
    if (
        await es.indices.exists(index=names[0])
        and (await es.count(index=names[0]))["count"] == library.movies
    ):
        return None
    for alias, name in zip(ALIASES, names, strict=True):
        await es.options(ignore_status=404).indices.delete(index=name)
        await es.indices.create(
            index=name,
            aliases={read_name(alias, library.vocabulary.vocabulary_id): {}},
            mappings=mapping(alias, library.vocabulary),
            settings={
                **SETTINGS,
                **sort_settings(alias),
                "refresh_interval": "30s",
                "requests.cache.enable": False,
            },
        )
    begun, written = time.monotonic(), 0
    for first in range(0, library.movies, BATCH):
        numbers = range(first, min(first + BATCH, library.movies))
        documents = [document for number in numbers for document in library.documents(number)]
        await written_whole(es, documents)
        written += len(documents)
        if first % 500 == 0:
            rate = written / (time.monotonic() - begun)
            print(f"{numbers[-1] + 1} movies, {rate:.0f} documents/s", flush=True)
    rate = written / (time.monotonic() - begun)
    refreshed = await es.indices.refresh(index=",".join(names))
    assert not refreshed["_shards"]["failed"], refreshed.body
    found = await count_documents(es, names[0])
    assert found == library.movies, f"{found} of {library.movies} movies are found"
    await es.options(request_timeout=600).indices.forcemerge(
        index=",".join(names), max_num_segments=4
    )
    return rate


async def written_whole(es: AsyncElasticsearch, documents: Sequence[Document]) -> None:
    """Write; a server that has no memory left for it is given the time to find some."""
    for attempt in range(30):
        try:
            rejected = await write_bulk(es, documents)
        except TransientError:
            await asyncio.sleep(0.1 * (1 + attempt))
            continue
        assert not rejected, rejected[0]
        return
    raise TimeoutError("the server takes nothing")


async def sizes(es: AsyncElasticsearch, vocabulary: Vocabulary) -> dict[str, int]:
    """Bytes a document, by index."""
    found = {}
    for alias in ALIASES:
        name = index_name(alias, vocabulary.vocabulary_id)
        stats = (await es.indices.stats(index=name))["indices"][name]["primaries"]
        found[alias] = round(stats["store"]["size_in_bytes"] / stats["docs"]["count"])
    return found


@asynccontextmanager
async def searched(es: AsyncElasticsearch, vocabulary: Vocabulary) -> AsyncIterator[None]:
    """A block in which the made-up library is the one that people search; then it is again what it was.

    `movietag serve` searches what the aliases stand for, whatever vocabulary it is given.
    """
    found = await es.options(ignore_status=404).indices.get_alias(name=",".join(ALIASES))
    indices = {index: one for index, one in found.body.items() if isinstance(one, dict)}
    before = {alias: index for index, one in indices.items() for alias in one["aliases"]}
    ours = {alias: index_name(alias, vocabulary.vocabulary_id) for alias in ALIASES}
    none = [{"remove": {"index": index, "alias": alias}} for alias, index in ours.items()]
    await es.indices.update_aliases(actions=alias_actions(ours))
    try:
        yield
    finally:
        await es.indices.update_aliases(actions=[*none, *alias_actions(before)])


async def clean() -> None:
    """Remove what was written."""
    async with connected(get_settings()) as es:
        for alias in ALIASES:
            found = await es.indices.get(index=f"{alias}-benchmark-*")
            if names := [*found.body]:  # Elasticsearch deletes none by a pattern
                await es.indices.delete(index=names)
