"""Searches that people keep by name, in an index of their own; one for all vocabularies."""

from __future__ import annotations

import re
import time
from typing import Final

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch
from rapidfuzz.process import extract

from movietag.errors import UsageError
from movietag.records import Document
from movietag.search.client import address, reason_of, transient_errors
from movietag.search.index.standalone import ensure_standalone
from movietag.search.index.writer import write
from movietag.search.indices import legible
from movietag.search.query import Node
from movietag.search.reader import Reader
from movietag.search.results import NothingFound

ALIAS: Final = "saved_searches"
INDEX: Final = "saved_searches-v1"
MOST: Final = 1000  # that are kept
_NAME: Final = re.compile(r"\w(?:[\w .-]{0,58}\w)?")
_NEAR: Final = 60  # of 100


class SavedSearch(msgspec.Struct, frozen=True):
    """A query for movies under its name."""

    name: str
    query: str
    saved_ms: int


class SavedSearches(msgspec.Struct, frozen=True):
    """What is saved, by name."""

    searches: tuple[SavedSearch, ...]


async def save(library: Reader, name: str, query: str) -> SavedSearch:
    """Keep a query, in place of one of the same name.

    Raises:
        QueryError: the query cannot be read.
        UsageError: the name cannot be one, or there are too many.
        TransientError: the server is away, busy or refuses us.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} is no name for a search: 1 to 60 letters, digits, spaces, and . - _ between them."
        )
    library.parse(query)
    es = library.es
    there = (await saved(es)).searches
    if len(there) >= MOST and name not in {one.name for one in there}:
        raise UsageError(f"{MOST} searches are saved: remove some.")
    made = SavedSearch(name, query, int(time.time() * 1000))
    try:
        await ensure_standalone(es, INDEX, ALIAS, SavedSearch)
    except ApiError as error:
        raise UsageError(
            f"Elasticsearch at {address(es)} refuses the index {INDEX}: {reason_of(error)}."
        ) from None
    await _write(es, name, made.saved_ms, made)
    return made


async def saved(es: AsyncElasticsearch) -> SavedSearches:
    """What is saved, by name; nothing where nothing ever was.

    Raises:
        TransientError: the server is away, busy or refuses us.
    """
    with transient_errors(es):
        answer = await es.search(
            index=INDEX,
            sort=[{"name": "asc"}],
            size=MOST,
            ignore_unavailable=True,
        )
    return SavedSearches(tuple(legible(answer["hits"]["hits"], SavedSearch)))


async def saved_as(es: AsyncElasticsearch, name: str) -> SavedSearch:
    """The search of a name.

    Raises:
        NothingFound: there is none; the text says which come near.
        TransientError: as ``saved``.
    """
    there = {one.name: one for one in (await saved(es)).searches}
    if name in there:
        return there[name]
    near = [found for found, _, _ in extract(name, list(there), limit=3, score_cutoff=_NEAR)]
    hint = f" Did you mean {' or '.join(near)}?" if near else " See: movietag searches list"
    raise NothingFound(f"No search is saved as {name[:80]!r}.{hint}")


async def remove(es: AsyncElasticsearch, name: str) -> None:
    """Forget a search; raises as ``saved_as``."""
    found = await saved_as(es, name)
    await _write(es, name, max(int(time.time() * 1000), found.saved_ms + 1), None)


async def where_saved(library: Reader, name: str) -> Node:
    """The query of a name, read with the vocabulary of now.

    Raises:
        NothingFound, TransientError: as ``saved_as``.
        QueryError: this vocabulary cannot read it.
    """
    return library.parse((await saved_as(library.es, name)).query)


async def _write(es: AsyncElasticsearch, name: str, version: int, body: SavedSearch | None) -> None:
    """Write or delete, for the next search to see; what was written later stays."""
    raw = msgspec.Raw(msgspec.json.encode(body))
    if refused := await write(es, [Document(INDEX, name, version, raw)]):
        raise UsageError(f"Elasticsearch at {address(es)} refuses the search: {refused[0].reason}.")
    with transient_errors(es):
        await es.indices.refresh(index=INDEX)
