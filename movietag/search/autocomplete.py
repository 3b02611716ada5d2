"""Autocomplete: tags and titles that complete what has been typed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

import msgspec

from movietag.documents import MOVIES
from movietag.search.hits import FoundDocument, document
from movietag.search.naming import named
from movietag.search.queries import BY_TITLE, MOST_TITLE
from movietag.search.query.nodes import TitleWords, quoted
from movietag.search.query.tags import TagNames
from movietag.search.query.titles import title_clause
from movietag.search.reader import Reader
from movietag.vocabulary import words

MOST_SUGGESTIONS: Final = 20


class Suggestion(msgspec.Struct, frozen=True):
    """A completion: its text as displayed, and the query condition that selects it."""

    kind: Literal["tag", "movie"]
    text: str
    condition: str


class Suggestions(msgspec.Struct, frozen=True):
    """Completions, tags first."""

    suggestions: tuple[Suggestion, ...]


async def suggest(reader: Reader, text: str, limit: int = 8) -> Suggestions:
    """Tags and titles in which a word begins with the text; if none does, those with similar spelling.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    tags = [Suggestion("tag", tag, quoted(tag)) for tag in _tags(reader.names, text)[:limit]]
    return Suggestions((*tags, *await _titles(reader, text, limit)))


def _tags(names: TagNames, text: str) -> list[str]:
    """Tags that begin with the words, then tags with the words at a later position."""
    typed = words(text)
    if not typed:
        return []
    positions = {
        tag: at for tag in names.vocabulary.tags if (at := _at(words(tag), typed)) is not None
    }
    return sorted(positions, key=positions.__getitem__) or names.nearest(text)


def _at(there: tuple[str, ...], typed: tuple[str, ...]) -> int | None:
    """The index in ``there`` at which the typed words begin; the last one may be a prefix."""
    for at in range(len(there) - len(typed) + 1):
        part = there[at : at + len(typed)]
        if part[:-1] == typed[:-1] and part[-1].startswith(typed[-1]):
            return at
    return None


async def _titles(reader: Reader, text: str, limit: int) -> list[Suggestion]:
    async def hits(title: TitleWords) -> list[FoundDocument]:
        body = {
            "query": title_clause(title),
            "sort": BY_TITLE,
            "size": limit,
            "collapse": {"field": "movie_id"},
            "track_total_hits": False,
            "_source": ["movie_id", "title", "year"],
        }
        found: list[FoundDocument] = (await reader.indices.search(MOVIES, body))["hits"]["hits"]
        return found

    typed = TitleWords(text[:MOST_TITLE])
    near = replace(typed, near=True)
    bodies = (
        document(hit) for hit in await hits(typed) or (await hits(near) if near.wanted else [])
    )
    return [
        Suggestion("movie", named(one["title"], one["year"]), f"movie:{quoted(one['movie_id'])}")
        for one in bodies
    ]
