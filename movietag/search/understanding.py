"""What somebody means who types into the one box: a query, or plain words read as titles, tags and captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from movietag.search.cursors import Cursor, query_id
from movietag.search.query import Node, QueryError, render
from movietag.search.query.advising import advised_tags
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import About
from movietag.search.query.plain import PlainReading, PlainWords, plain_words
from movietag.search.reader import Reader
from movietag.search.results import OtherReading, QueryReading

MOST_OTHERS: Final = 5


@dataclass(frozen=True, slots=True)
class Understood:
    """The query that a text means; ``reading`` says how it was read, None of a text that is a query itself."""

    node: Node
    reading: QueryReading | None = None

    @property
    def read(self) -> QueryReading | msgspec.UnsetType:
        """The field ``read`` of an answer: left out of one to a query."""
        return self.reading or msgspec.UNSET


async def understand(
    reader: Reader, text: str, kind: Kind, cursor: Cursor | None = None
) -> Understood:
    """Read a text as a query; if it is none and looks like none, as plain words.

    Of the ways to read plain words the first one that matches something applies: words of a title, tags with other
    words of a title or a caption, words of captions. If none does, a tag that is near in spelling, or else in meaning, is
    an error's advice.
    All pages of an answer are read as the first one was: the reading of a ``cursor`` applies.

    Raises:
        QueryError: it is an invalid query, or no words that match anything, and a tag is near.
        UsageError: see ``Reader.prepare``.
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    try:
        return Understood(reader.parse(text, kind))
    except QueryError as error:
        plain = plain_words(text, reader.names)
        if plain is None:
            raise await _with_meant(reader, kind, error) from None
        return await _read(reader, plain, kind, error, cursor)


async def _read(
    reader: Reader, plain: PlainWords, kind: Kind, error: QueryError, cursor: Cursor | None
) -> Understood:
    candidates = list(_candidates(reader, plain, error, kind))
    if cursor:
        for candidate in candidates:
            if query_id(kind, candidate.node) == cursor.search.query:
                return _understood(reader, plain, candidate, error)
    for candidate in candidates:
        if candidate.node == plain.alone or await reader.matches(candidate.node, kind):
            return _understood(reader, plain, candidate, error)
    if plain.is_query or error.near or error.repaired:
        raise await _with_meant(reader, kind, error)
    if len(plain.rest) == 1 and (meant := await _with_meant(reader, kind, error)) is not error:
        raise meant
    near = await reader.meant_tags.nearest(" ".join(plain.rest)) if len(plain.rest) > 1 else []
    return _understood(reader, plain, candidates[0], error, near)


async def _with_meant(reader: Reader, kind: Kind, error: QueryError) -> QueryError:
    """The error of a query with an unknown tag with the tags that are near to it in meaning, if none is in spelling."""
    if not error.unknown or error.near or error.repaired:
        return error
    tags = await reader.meant_tags.nearest(error.unknown)
    return advised_tags(error, tags, reader.names, kind) if tags else error


def _candidates(
    reader: Reader, plain: PlainWords, error: QueryError, kind: Kind
) -> Iterator[PlainReading]:
    """The readings to try: words that may be a query in another form only as a title, or as the tags and years of both."""
    others = tuple(plain.others())
    if plain.tags_alone is not None:
        yield from (one for one in others if one.node == plain.tags_alone)
        return
    yield plain.whole_title
    if error.repaired:
        meant = [reader.parse(query, kind) for query in error.advice]
        yield from (one for one in others if one.node == plain.alone and [one.node] == meant)
    elif not plain.is_query:
        yield from others


def _understood(
    reader: Reader,
    plain: PlainWords,
    chosen: PlainReading,
    error: QueryError,
    meant: Sequence[str] = (),
) -> Understood:
    about = [PlainReading(About(plain.text), "the meaning of captions")]
    ways = [
        plain.whole_title,
        *plain.others(),
        *(about if reader.meaning_search.enabled else ()),
    ]
    others = {render(one.node): one.meaning for one in ways}
    corrected = error.advice if error.repaired else ()
    others |= {query: "a query" for query in corrected if query not in others}
    query = render(chosen.node)
    reading = QueryReading(
        query,
        chosen.meaning,
        tuple(OtherReading(*one) for one in others.items() if one[0] != query)[:MOST_OTHERS],
        tuple(tag for tag in (*error.near, *meant) if tag not in plain.tags),
    )
    return Understood(chosen.node, reading)
