"""Parses queries, and advises what to write instead of an invalid one: queries that are valid. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from movietag.search.query.characters import straighten
from movietag.search.query.corrections import corrections
from movietag.search.query.errors import QueryError
from movietag.search.query.fallbacks import fallbacks
from movietag.search.query.fields import Kind
from movietag.search.query.masking import MaskedQuery
from movietag.search.query.nodes import EVERYTHING, Node, render
from movietag.search.query.parsing import read_query
from movietag.search.query.rewriting import Rewriter
from movietag.search.query.tags import TagNames

MOST_ADVICE: Final = 5
MOST_ADVISED: Final = (
    300  # characters of a query that is worth it; the rules take longer than in proportion
)
_MOST_ERRORS: Final = 3  # of one query that are corrected


def parse(query: str, names: TagNames, kind: Kind = "movies") -> Node:
    """Parse a query about movies or scenes; an empty one matches everything.

    Raises:
        QueryError: it is invalid, names an unknown tag or field, or is too large; with advice, if there is some.
    """
    try:
        return read_query(query, names, kind)
    except QueryError as error:
        raise advised(error, names, kind) from None


def advised(error: QueryError, names: TagNames, kind: Kind) -> QueryError:
    """The error with advice: queries that can be parsed."""
    if len(error.query) > MOST_ADVISED:
        return error
    if fixed := repairs(error.query, names, kind):
        return error.with_repairs(fixed[:MOST_ADVICE])
    text = _tight(error.query)
    corrected = list(dict.fromkeys(_corrected(text, names, kind, _MOST_ERRORS)))
    return error.with_advice(corrected[:MOST_ADVICE] or _fallback(text, names, kind))


def _fallback(text: str, names: TagNames, kind: Kind) -> list[str]:
    tried = fallbacks(text, names, kind, lambda query: read_query(query, names, kind))
    valid = (_valid(one, names, kind) for one in tried)
    return list(islice((one for one in valid if one is not None), 1))


def advised_tags(error: QueryError, tags: Sequence[str], names: TagNames, kind: Kind) -> QueryError:
    """The error of an unknown tag with tags that may be meant, first in the advice where that makes a valid query."""
    meant = error.with_meant(tags)
    made = islice(corrections(error.query, meant, names, kind), len(tags))
    valid = (_valid(text, names, kind) for text in made)
    advice = [*(one for one in valid if one is not None), *error.advice]
    return meant.with_advice(list(dict.fromkeys(advice))[:MOST_ADVICE])


def repairs(query: str, names: TagNames, kind: Kind) -> list[str]:
    """The query in the forms of the language, if it is one in other forms; two if it can be read in two ways."""
    text = _tight(query)
    for bare in (False, True):
        made = (_valid(one, names, kind) for one in _rewritten(text, names, kind, bare=bare))
        if valid := list(dict.fromkeys(one for one in made if one is not None)):
            return valid
    return []


def _tight(query: str) -> str:
    """The query straightened, with single blanks: patterns with several blanks side by side would be slow in many."""
    return re.sub(r"\s+", " ", straighten(query).text)


def _rewritten(text: str, names: TagNames, kind: Kind, *, bare: bool) -> Iterator[str]:
    for closed in _with_quotes_closed(text):
        masked = MaskedQuery.of(closed, names)
        joints = ("or", "and") if "/" in masked.text else ("and", "or")
        yield from (Rewriter(masked, names, kind, joint).rewritten(bare=bare) for joint in joints)


def _with_quotes_closed(text: str) -> Iterator[str]:
    """The text itself; if a quote is open, with it closed at the end, or left out."""
    rest = re.sub(r"\"(?:\\.|[^\"\\])*\"|(?<!\w)'(?:\\.|[^'\\])*'(?!\w)|\w'", "", text)
    for quote in "\"'":
        if quote in rest:
            at = text.rindex(quote)
            yield f"{text}{quote}"
            yield f"{text[:at]}{text[at + 1 :]}"
            return
    yield text


def _corrected(text: str, names: TagNames, kind: Kind, errors: int) -> Iterator[str]:
    """The valid queries after up to so many corrections, and after those the rewriting rules."""
    try:
        read_query(text, names, kind)
    except QueryError as error:
        for corrected in corrections(text, error, names, kind):
            if (valid := _valid(corrected, names, kind)) is not None:
                yield valid
            elif fixed := repairs(corrected, names, kind):
                yield from fixed
            elif errors > 1:
                yield from list(_corrected(corrected, names, kind, errors - 1))[:1]


def _valid(text: str, names: TagNames, kind: Kind) -> str | None:
    """The text as rendered by the language; None if it is invalid, or empty."""
    try:
        node = read_query(text, names, kind)
    except QueryError:
        return None
    return None if node == EVERYTHING else render(node)
