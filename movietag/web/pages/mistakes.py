"""Invalid queries, with corrections to choose from. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from movietag.errors import UsageError
from movietag.search.query import QueryError
from movietag.search.query.nodes import WORD, quoted
from movietag.search.query.plain import plain_words
from movietag.search.query.tags import TagNames
from movietag.web.problems import problem_of

_TERM: Final = re.compile(rf"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|{WORD}""", re.DOTALL)
_AROUND: Final = 60  # characters shown on either side


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, the query around the position, and valid queries that may be meant.

    ``status``: of the response.
    """

    problem: str
    before: str = ""
    at: str = ""
    after: str = ""
    corrections: tuple[str, ...] = ()
    status: HTTPStatus = HTTPStatus.BAD_REQUEST


def other_mistake(error: UsageError) -> Mistake:
    """What is wrong apart from the query, e.g. its page token."""
    return Mistake(str(error), status=HTTPStatus(problem_of(error).status))


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
        corrections=tuple(_corrections(error, query, names, about)),
    )


def _corrections(error: QueryError, query: str, names: TagNames, about: bool) -> Iterator[str]:
    """The error's advice, and for plain words a search by their meaning."""
    yield from error.advice
    if about and not error.repaired and (plain := plain_words(query, names)):
        yield f"about:{quoted(plain.text)}"
