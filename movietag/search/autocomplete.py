"""Autocomplete: titles and tags that go on from what is typed."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from movietag.documents import MOVIES
from movietag.search.queries import BY_TITLE, MOST_TITLE
from movietag.search.query.elastic import title_has
from movietag.search.query.nodes import quoted
from movietag.search.query.tags import TagNames
from movietag.search.reader import Reader
from movietag.search.results import named
from movietag.vocabulary import words

MOST: Final = 20


class Suggestion(msgspec.Struct, frozen=True):
    """What may be meant, as shown, and the condition of a query that asks for it."""

    kind: Literal["tag", "movie"]
    text: str
    condition: str


class Suggestions(msgspec.Struct, frozen=True):
    """What may be meant, tags first."""

    suggestions: tuple[Suggestion, ...]


async def suggest(reader: Reader, text: str, limit: int = 8) -> Suggestions:
    """Tags and titles that begin so, or have a word that does; else tags that are spelt alike.

    Raises:
        TransientError: the server is away, or has no index of this vocabulary.
    """
    tags = [Suggestion("tag", tag, quoted(tag)) for tag in _tags(reader.names, text)[:limit]]
    return Suggestions((*tags, *await _titles(reader, text, limit)))


def _tags(names: TagNames, text: str) -> list[str]:
    """Tags that begin with the words, then tags that have them as a later word's beginning."""
    typed = words(text)
    if not typed:
        return []
    found = {tag: at for tag in names.vocabulary.tags if (at := _at(words(tag), typed)) is not None}
    return sorted(found, key=found.__getitem__) or names.nearest(text)


def _at(there: tuple[str, ...], typed: tuple[str, ...]) -> int | None:
    """At which word of ``there`` the typed ones begin, the last of which may go on."""
    for at in range(len(there) - len(typed) + 1):
        part = there[at : at + len(typed)]
        if part[:-1] == typed[:-1] and part[-1].startswith(typed[-1]):
            return at
    return None


async def _titles(reader: Reader, text: str, limit: int) -> list[Suggestion]:
    body = {
        "query": title_has(text[:MOST_TITLE]),
        "sort": BY_TITLE,
        "size": limit,
        "collapse": {"field": "movie_id"},
        "track_total_hits": False,
        "_source": ["movie_id", "title", "year"],
    }
    hits = (await reader.indices.answer(MOVIES, body))["hits"]["hits"]
    found = (hit["_source"] for hit in hits)
    return [
        Suggestion("movie", named(one["title"], one["year"]), f"movie:{quoted(one['movie_id'])}")
        for one in found
    ]
