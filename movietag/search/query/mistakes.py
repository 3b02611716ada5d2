"""What the parser stumbled over, said for people."""

from __future__ import annotations

from typing import Final

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from movietag.search.query.errors import QueryError

INSTEAD: Final = {
    "=": "write >= or <=",
    "!": "write not",
    "&": "write and",
    "|": "write or",
    ",": "write and or or",
}
OPERAND: Final = "A tag or a condition such as year:1999 is missing"
OPERAND_BEFORE: Final = f"{OPERAND} before this."


def explain(query: str, error: UnexpectedInput) -> QueryError:
    """The error of the language for one of the parser's."""
    if isinstance(error, UnexpectedCharacters):
        expected, position = error.allowed or set(), error.pos_in_stream or 0
    elif isinstance(error, UnexpectedToken):
        ended = error.token.type == "$END"
        expected = error.accepts or error.expected
        position = len(query) if ended else error.token.start_pos or 0
    else:
        expected, position = set(), len(query)
    return QueryError(_problem(query[position:], set(expected)), query, position)


def _problem(rest: str, expected: set[str]) -> str:
    """What is wrong where ``rest`` begins and one of ``expected`` could stand."""
    here = rest[:1]
    if expected == {"RATIO"}:
        return "A ratio such as 30% or 0.3 goes here."
    if not here:
        return "A closing ) is missing." if "RPAR" in expected else f"{OPERAND} at the end."
    if here in "\"'":
        return f"This {here} has no second one that closes the text."
    if "_OR" in expected or expected == {"$END"}:  # something is complete before this place
        return "Nothing is open that this ) could close." if here == ")" else _strange(rest)
    if here in INSTEAD:
        return _strange(rest)
    return OPERAND_BEFORE


def _strange(rest: str) -> str:
    if rest[0] in "<>":
        return f"Only a tag is compared, as in horror{rest[0]}=30%."
    hint = INSTEAD.get(rest[0], "put a text that has it in quotes")
    return f"{rest[0]!r} has no meaning here: {hint}."
