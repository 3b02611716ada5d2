"""What to write instead where nothing near is meant: a valid value, the query with less, its words, an example. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from movietag.search.query.errors import QueryError
from movietag.search.query.fields import Kind, known_field
from movietag.search.query.nodes import exact_percent, quoted
from movietag.search.query.tags import TagNames
from movietag.search.query.years import full_year
from movietag.vocabulary import words

MOST_PIECES: Final = 8  # of a query that are changed or left out
EXAMPLE_RATIO: Final = "30%"
_EXAMPLES: Final = {
    "year": "1990..1999",
    "images": "50..",
    "text": "castle",
    "title": "castle",
    "about": "castle",
    "status": "complete",
    "source": "url",
    "quality": "cut",
}
"""A value of each field that takes one of a form."""
_SHARES: Final = {"half": "50%", "quarter": "25%", "third": "33%", "all": "100%", "none": "0%"}
_COMPARED: Final = re.compile(r"(?P<sign>[<>]=?|=[<>])[<>=]*(?P<gap>\s*)(?P<value>[^\s()]*)")
_VALUE: Final = re.compile(
    r"(?P<name>[a-z_]+)\s*[:=<>]+\s*(?P<value>\"[^\"]*\"|[^\s()<>=]*)", re.IGNORECASE
)
_PIECE: Final = re.compile(r"\"[^\"]*\"|'[^']*'|[<>=:]+|[^\s()\"'<>=:]+|.", re.DOTALL)

Read = Callable[[str], object]
"""Reads a query strictly, and raises ``QueryError``."""


def fallbacks(text: str, names: TagNames, kind: Kind, read: Read) -> Iterator[str]:
    """Queries to try instead of a straightened one, the likeliest first; not necessarily valid ones."""
    for _ in range(MOST_PIECES):
        position = _wrong_at(text, read)
        if position is None:
            yield text
            break
        filled = (_with_value(text, position), _with_ratio(text, position))
        better = (one for one in filled if one and _reaches(one, read) > position)
        text = next(better, None) or _without(text, position)
    if known := words(text):
        yield f"text:{quoted(' '.join(known))}"
    yield quoted(names.vocabulary.tags[0]) + (f">={EXAMPLE_RATIO}" if kind == "movies" else "")


def _wrong_at(text: str, read: Read) -> int | None:
    """The position of the first error; None if the text is valid."""
    try:
        read(text)
    except QueryError as error:
        return error.position
    return None


def _reaches(text: str, read: Read) -> int:
    """How far a text is valid."""
    position = _wrong_at(text, read)
    return len(text) + 1 if position is None else position


def _with_ratio(text: str, position: int) -> str | None:
    """The text with a ratio behind the comparison at a position; None if none is there."""
    for found in _COMPARED.finditer(text):
        if found.start() <= position <= found.end():
            ratio = _ratio_like(found["value"])
            return f"{text[: found.start()]}{found['sign']}{ratio}{text[found.end() :]}"
    return None


def _ratio_like(value: str) -> str:
    """A valid ratio: the nearest to a number, else an example."""
    percent = value.rstrip("%")
    try:
        number = Decimal(percent.strip("%").replace(",", "."))
    except InvalidOperation:
        return _SHARES.get(value.casefold(), EXAMPLE_RATIO)
    if not number.is_finite():
        return EXAMPLE_RATIO
    ratio = number / 100 if "%" in value or number > 1 else number
    return exact_percent(float(min(max(ratio, Decimal(0)), Decimal(1))))


def _with_value(text: str, position: int) -> str | None:
    """The text with a valid value of the field at a position; None if none is there."""
    for found in _VALUE.finditer(text):
        name = known_field(found["name"])
        if name in _EXAMPLES and found.start("value") <= position <= found.end():
            value = _year_like(found["value"]) if name == "year" else _EXAMPLES[name]
            return f"{text[: found.start()]}{name}:{value}{text[found.end() :]}"
    return None


def _year_like(value: str) -> str:
    """A valid year, or range of years: the one in a value, else an example."""
    if year := re.search(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)", value):
        return year[0]
    short = re.fullmatch(r"\W*(?P<year>\d{2})\W*", value)
    return str(full_year(int(short["year"]))) if short else _EXAMPLES["year"]


def _without(text: str, position: int) -> str:
    """The text without the piece at a position; without the last one if the position is its end."""
    pieces = [found for found in _PIECE.finditer(text) if not found[0].isspace()]
    wrong = next((one for one in pieces if one.end() > position), pieces[-1] if pieces else None)
    return text if wrong is None else f"{text[: wrong.start()]} {text[wrong.end() :]}".strip()
