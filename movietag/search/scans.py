"""Reads all of an index, page by page, from one snapshot.

Every function returns a generator over the documents as they are when it starts, however many there are.
A caller that may stop early closes it (``contextlib.aclosing``), which closes the snapshot.

Every function raises:
    TransientError: the server is unreachable, or has no index of this vocabulary.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Final

from movietag.documents import (
    DEAD_LETTERS,
    MOVIE_TAGS,
    MOVIES,
    LetterBody,
    MovieBody,
    MovieTagBody,
)
from movietag.search import queries
from movietag.search.converting import MovieSummary, movie_from, tag_row
from movietag.search.indices import decode_hits
from movietag.search.queries import LetterQuery
from movietag.search.reader import Reader
from movietag.search.results import Movie, TagRow

_EVERYTHING: Final[dict[str, Any]] = {"query": {"match_all": {}}, "sort": ["_shard_doc"]}


async def scan_movies(
    reader: Reader, taggers: Sequence[str] | None = None
) -> AsyncGenerator[Movie, None]:
    """All movies, or those of these taggers."""
    query = (
        _EVERYTHING if taggers is None else {**_EVERYTHING, "query": {"terms": {"tagger": taggers}}}
    )
    async with aclosing(reader.indices.scan(MOVIES, query)) as hits:
        async for hit in hits:
            for body in decode_hits([hit], MovieBody):
                yield movie_from(body)


async def scan_letters(reader: Reader, query: LetterQuery) -> AsyncGenerator[LetterBody, None]:
    """All dead letters that match, whatever the query's ``skip`` and ``limit``."""
    body = {**queries.letters(query), "from": 0}
    async with aclosing(reader.indices.scan(DEAD_LETTERS, body)) as hits:
        async for hit in hits:
            for letter in decode_hits([hit], LetterBody):
                yield letter


async def scan_rows(reader: Reader, since_ms: int | None = None) -> AsyncGenerator[TagRow, None]:
    """Every movie with images and tag, by title and rank; ``since_ms``: only those counted since then."""
    lifts = await reader.lifts()
    movies = await _summaries(reader)
    request = queries.all_tag_rows(since_ms)
    async with aclosing(reader.indices.scan(MOVIE_TAGS, request)) as hits:
        async for hit in hits:
            for body in decode_hits([hit], MovieTagBody):
                yield tag_row(body, lifts, movies.get((body.movie_id, body.tagger)))


async def _summaries(reader: Reader) -> dict[tuple[str, str], MovieSummary]:
    """What rows say of their movies, by movie id and tagger."""
    async with aclosing(scan_movies(reader)) as movies:
        return {
            (one.movie_id, one.tagger): MovieSummary(
                one.status, one.promised, one.added_ms, one.not_whole
            )
            async for one in movies
        }


async def scan_older(reader: Reader, alias: str, version: int) -> AsyncGenerator[str, None]:
    """Ids of all documents with a lower version."""
    body = {**_EVERYTHING, "version": True, "_source": False}
    async with aclosing(reader.indices.scan(alias, body)) as hits:
        async for hit in hits:
            if hit["_version"] < version:
                yield hit["_id"]
