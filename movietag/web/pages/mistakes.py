"""A query that cannot be read, with the queries that may have been meant. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from movietag.search.query import QueryError
from movietag.search.query.nodes import WORD, quoted
from movietag.search.query.tags import TagNames

_TERM: Final = re.compile(rf"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|{WORD}""", re.DOTALL)
_WORDS: Final = re.compile(
    r"""(?:(?!(?:and|or|not)\b)[^\s()"'<>=:!&|{}\[\]^~\\*%-]+\s*)+""", re.IGNORECASE
)
_AROUND: Final = 60  # characters shown on either side


@dataclass(frozen=True, slots=True)
class Way:
    """What may have been meant, and the query that says it."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, the query around the place, and ways out."""

    problem: str
    before: str = ""
    at: str = ""
    after: str = ""
    ways: tuple[Way, ...] = ()


def mistake(error: QueryError, query: str, names: TagNames, *, about: bool = False) -> Mistake:
    """What a page says of a query that cannot be read; ``about``: whether meanings can be asked for."""
    place = error.position
    term = _TERM.match(query, place)
    end = term.end() if term else min(place + 1, len(query))
    first, last = max(place - _AROUND, 0), end + _AROUND
    return Mistake(
        problem=error.problem,
        before=("… " if first else "") + query[first:place],
        at=query[place:end],
        after=query[end:last] + (" …" if last < len(query) else ""),
        ways=tuple(_ways(query, place, term, names, about)) if term else (),
    )


def _ways(query: str, place: int, term: re.Match[str], names: TagNames, about: bool) -> list[Way]:
    """The nearest tags in place of an unknown one, and its words looked for in texts."""
    text = term[0][1:-1] if term[1] else term[0]
    known = names.find(text)
    if known is not None or query[term.end() :].lstrip().startswith(":"):
        return []
    before, after = query[:place], query[term.end() :]
    ways = [Way(tag, f"{before}{quoted(tag)}{after}") for tag in names.nearest(text)]
    if _WORDS.fullmatch(query.strip()):  # nothing but words: no query yet
        said = " ".join(query.split())
        return [
            *ways,
            Way(f"title: {said}", f"title:{quoted(said)}"),
            Way(f"text: {said}", f"text:{quoted(said)}"),
            *([Way(f"about: {said}", f"about:{quoted(said)}")] if about else []),
        ]
    return ways
