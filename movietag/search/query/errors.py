"""Errors in queries: the problem, and a caret at its position."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from rich.cells import cell_len

from movietag.errors import UsageError
from movietag.search.query.characters import StraightText
from movietag.search.query.fields import HELP, TAG, known_field
from movietag.search.query.nodes import quoted

AROUND = 30  # characters shown on either side of the position


class QueryError(UsageError):
    """An invalid query: what is wrong, where, and what to write instead.

    The text has three lines: the problem, the query around the position, and a caret under it; then one for each
    query of ``advice``.

    Attributes:
        problem: the first line alone.
        query: the query.
        position: the index of the character concerned, from 0; the length of the query for its end.
        unknown: the text that names no tag, if that is the problem.
        near: tags that are spelled like it, or near to it in meaning.
        advice: valid queries that may be meant.
        repaired: the advice is the query itself in the forms of the language.
    """

    def __init__(
        self,
        problem: str,
        query: str,
        position: int,
        *,
        unknown: str = "",
        near: Sequence[str] = (),
        advice: Sequence[str] = (),
        repaired: bool = False,
    ) -> None:
        self.problem, self.query, self.position = problem, query, position
        self.unknown, self.near = unknown, tuple(near)
        self.advice, self.repaired = tuple(advice), repaired
        lines = [problem, *_pointed(query, position), *(f"Try: {one}" for one in self.advice)]
        super().__init__("\n".join(lines))

    def with_repairs(self, repairs: Sequence[str]) -> QueryError:
        """The same error with the query in the forms of the language: there is at least one."""
        problem = self.problem
        if self.unknown and not self.near:
            problem = f"{self.unknown!r} is not a tag."
        return QueryError(
            f"{problem} Write {' or '.join(repairs)}",
            self.query,
            self.position,
            unknown=self.unknown,
            near=self.near,
            advice=repairs,
            repaired=True,
        )

    def with_meant(self, tags: Sequence[str]) -> QueryError:
        """The same error with tags that are near to the unknown one in meaning; without advice."""
        near = " or ".join(map(quoted, tags))
        return QueryError(
            f"{self.problem} Near in meaning: {near}.",
            self.query,
            self.position,
            unknown=self.unknown,
            near=tags,
        )

    def with_advice(self, advice: Sequence[str]) -> QueryError:
        """The same error with valid queries that may be meant."""
        return QueryError(
            self.problem,
            self.query,
            self.position,
            unknown=self.unknown,
            near=self.near,
            advice=advice,
        )


def _pointed(query: str, position: int) -> tuple[str, str]:
    """The query around a position, and the caret; wide characters take two columns of a terminal."""
    line = "".join(character if character.isprintable() else " " for character in query)
    first, last = max(position - AROUND, 0), position + AROUND
    before = ("… " if first else "") + line[first:position]
    after = line[position:last] + (" …" if last < len(line) else "")
    return f"  {before}{after}", "  " + " " * cell_len(before) + "^"


INSTEAD: Final = {
    "=": "write >= or <=",
    ",": "write and, or or",
    "%": "a ratio follows its tag, e.g. horror>=30%",
}
OPERAND: Final = "A tag or a condition such as year:1999 is missing"
OPERAND_BEFORE: Final = f"{OPERAND} before this."


def syntax_error(query: StraightText, original: str, error: UnexpectedInput) -> QueryError:
    """Translate an error of the parser in a straightened query."""
    if isinstance(error, UnexpectedCharacters):
        expected, position = error.allowed or set(), error.pos_in_stream or 0
    elif isinstance(error, UnexpectedToken):
        ended = error.token.type == "$END"
        expected = error.accepts or error.expected
        position = len(query.text) if ended else error.token.start_pos or 0
    else:
        expected, position = set(), len(query.text)
    problem = _of_field(query.text, position) or _problem(query.text[position:], set(expected))
    return QueryError(problem, original, query.original(position))


def _of_field(text: str, position: int) -> str | None:
    """The problem behind a field's colon: a field that is unknown, or that has no value there; None elsewhere."""
    field = re.search(r"(?P<name>[a-z_]+)\s*:\s*\Z", text[:position], re.IGNORECASE)
    if field is None or text[position : position + 1] in {'"', "'"}:
        return None
    name = known_field(field["name"])
    if name == TAG:
        return "tag: needs a tag, e.g. tag:horror."
    if name not in HELP:
        return f"Unknown field {name!r}; known: {', '.join(HELP)}."
    return f"{name}: needs a value here: {HELP[name]}."


def _problem(rest: str, expected: set[str]) -> str:
    """The problem at ``rest``, where the parser expected one of ``expected``."""
    here = rest[:1]
    if expected == {"RATIO"}:
        return "A ratio is expected here, e.g. 30% or 0.3."
    if not here:
        return "A closing ) is missing." if "RPAR" in expected else f"{OPERAND} at the end."
    if here in "\"'":
        return f"This {here} is never closed."
    if "_OR" in expected or expected == {"$END"}:  # a complete condition precedes
        return "This ) closes no (." if here == ")" else _strange(rest)
    if here in INSTEAD:
        return _strange(rest)
    return OPERAND_BEFORE


def _strange(rest: str) -> str:
    if rest[0] in "<>":
        return f"Only a tag can be compared, e.g. horror{rest[0]}=30%."
    hint = INSTEAD.get(rest[0], "quote a text that contains it")
    return f"{rest[0]!r} is not allowed here: {hint}."
