"""Invalid queries, with corrections to choose from. Pure."""

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
class Correction:
    """A correction: its text as displayed, and the query."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, the query around the position, and corrections."""

    problem: str
    before: str = ""
    at: str = ""
    after: str = ""
    corrections: tuple[Correction, ...] = ()


def mistake(error: QueryError, query: str, names: TagNames, *, about: bool = False) -> Mistake:
    """The mistake in an invalid query; ``about``: whether searches by meaning are enabled."""
    position = error.position
    term = _TERM.match(query, position)
    end = term.end() if term else min(position + 1, len(query))
    first, last = max(position - _AROUND, 0), end + _AROUND
    return Mistake(
        problem=error.problem,
        before=("… " if first else "") + query[first:position],
        at=query[position:end],
        after=query[end:last] + (" …" if last < len(query) else ""),
        corrections=tuple(_corrections(query, position, term, names, about)) if term else (),
    )


def _corrections(
    query: str, position: int, term: re.Match[str], names: TagNames, about: bool
) -> list[Correction]:
    """Corrections of an unknown tag: similar tags, and searches for its words in texts."""
    text = term[0][1:-1] if term[1] else term[0]
    known = names.find(text)
    if known is not None or query[term.end() :].lstrip().startswith(":"):
        return []
    before, after = query[:position], query[term.end() :]
    corrections = [Correction(tag, f"{before}{quoted(tag)}{after}") for tag in names.nearest(text)]
    if _WORDS.fullmatch(query.strip()):  # only words, no query syntax
        text = " ".join(query.split())
        return [
            *corrections,
            Correction(f"title: {text}", f"title:{quoted(text)}"),
            Correction(f"text: {text}", f"text:{quoted(text)}"),
            *([Correction(f"about: {text}", f"about:{quoted(text)}")] if about else []),
        ]
    return corrections
