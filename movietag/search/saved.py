"""Saved searches, by name, in an index of their own, shared by all vocabularies."""

from __future__ import annotations

import re
import time
from typing import Final

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch
from rapidfuzz.process import extract

from movietag.errors import UsageError
from movietag.index_names import alias_of
from movietag.records import Document
from movietag.search.client import address, error_reason, transient_errors
from movietag.search.hits import undecoded_documents
from movietag.search.index.standalone import ensure_standalone
from movietag.search.index.writer import write_bulk
from movietag.search.indices import decode_hits
from movietag.search.naming import NothingFound
from movietag.search.query import Node, render
from movietag.search.reader import Reader
from movietag.search.understanding import understand

ALIAS: Final = alias_of("saved_searches")
INDEX: Final = f"{ALIAS}-v1"
MOST_SAVED: Final = 1000  # saved searches in all
_NAME: Final = re.compile(r"\w(?:[\w .-]{0,58}\w)?")
_NEAR: Final = 60  # least similarity of a suggested name, of 100


class SavedSearch(msgspec.Struct, frozen=True):
    """A query for movies under its name."""

    name: str
    query: str
    saved_ms: int


class SavedSearches(msgspec.Struct, frozen=True):
    """All saved searches, by name."""

    searches: tuple[SavedSearch, ...]


async def save(library: Reader, name: str, query: str) -> SavedSearch:
    """Save a query; replaces one of the same name. Of plain words the query as which they are read is saved.

    Raises:
        QueryError: the query is invalid.
        UsageError: the name is invalid, or too many searches are saved.
        TransientError: the server is unreachable, busy or refuses the login.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} is not a valid name: use 1 to 60 letters, digits, spaces, and . - _ between them."
        )
    understood = await understand(library, query, "movies")
    es = library.es
    existing = (await list_saved(es)).searches
    if len(existing) >= MOST_SAVED and name not in {one.name for one in existing}:
        raise UsageError(f"{MOST_SAVED} searches are saved already: remove some.")
    text = render(understood.node) if understood.reading else query
    made = SavedSearch(name, text, int(time.time() * 1000))
    try:
        await ensure_standalone(es, INDEX, ALIAS, SavedSearch)
    except ApiError as error:
        raise UsageError(
            f"Elasticsearch at {address(es)} refuses the index {INDEX}: {error_reason(error)}."
        ) from None
    await _write(es, name, made.saved_ms, made)
    return made


async def list_saved(es: AsyncElasticsearch) -> SavedSearches:
    """All saved searches, by name; empty before the first one is saved.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
    """
    with transient_errors(es), undecoded_documents():
        answer = await es.search(
            index=INDEX,
            sort=[{"name": "asc"}],
            size=MOST_SAVED,
            ignore_unavailable=True,
            allow_partial_search_results=False,
        )
    return SavedSearches(tuple(decode_hits(answer["hits"]["hits"], SavedSearch)))


async def get_saved(es: AsyncElasticsearch, name: str) -> SavedSearch:
    """The saved search of a name.

    Raises:
        NothingFound: no search has this name; the text suggests similar ones.
        TransientError: see ``list_saved``.
    """
    existing = {one.name: one for one in (await list_saved(es)).searches}
    if name in existing:
        return existing[name]
    near = [
        candidate for candidate, _, _ in extract(name, list(existing), limit=3, score_cutoff=_NEAR)
    ]
    hint = f" Did you mean {' or '.join(near)}?" if near else " See: movietag searches list"
    raise NothingFound(f"No search is saved as {name[:80]!r}.{hint}")


async def remove(es: AsyncElasticsearch, name: str) -> None:
    """Delete a saved search; raises like ``get_saved``."""
    saved = await get_saved(es, name)
    await _write(es, name, max(int(time.time() * 1000), saved.saved_ms + 1), None)


async def saved_query(library: Reader, name: str) -> Node:
    """The query of a saved search, parsed with the current vocabulary.

    Raises:
        NothingFound, TransientError: see ``get_saved``.
        QueryError: it is invalid in this vocabulary.
    """
    return library.parse((await get_saved(library.es, name)).query)


async def _write(es: AsyncElasticsearch, name: str, version: int, body: SavedSearch | None) -> None:
    """Write or delete, visible to the next search; a newer version wins."""
    raw = msgspec.Raw(msgspec.json.encode(body))
    if refused := await write_bulk(es, [Document(INDEX, name, version, raw)]):
        raise UsageError(f"Elasticsearch at {address(es)} refuses the search: {refused[0].reason}.")
    with transient_errors(es):
        await es.indices.refresh(index=INDEX)
