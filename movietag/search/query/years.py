"""Years as people write them: `1999`, `1990..1999`, `1990-1999`, `1990 to 1999`, `1990s`, `>=1990`, `1990-`. Pure."""

from __future__ import annotations

import re
from typing import Final

from movietag.search.query.nodes import Year

NAMES: Final = r"(?:years?|decade|released?)"
"""The names of the field in a condition with a year, as a pattern."""
_END: Final = r"(?=[\s()&|,;]|$)"
_TO: Final = r"\s*(?:\.\.+|[-~]|\bto\b|\buntil\b)\s*"
_DECADE: Final = r"'?(?:\d{2})?\d0(?:'?s|er|ies)|\d{3}[x*?]"
_SPAN: Final = rf"\d{{4}}{_TO}\d{{4}}|\d{{4}}{_TO}\d{{2}}(?!\d)|(?:\.\.+|-)\d{{4}}|\d{{4}}(?:\.\.+|-|\+)|{_DECADE}|\d{{1,4}}"
YEAR_CONDITION: Final = rf"{NAMES}\s*(?::+\s*[<>=]{{0,2}}|=[<>]|=+|[<>]=?)\s*(?:{_SPAN})\.?{_END}"
"""A condition on the year, as a pattern; ``year_condition`` reads it."""
_CONDITION: Final = re.compile(
    rf"(?P<name>[a-z]+)\s*:*\s*(?P<sign>[<>=]*)\s*(?P<span>{_SPAN})\.?", re.IGNORECASE
)
_RANGE: Final = re.compile(rf"(?P<first>\d{{1,4}})?{_TO}(?P<last>\d{{1,4}})?|", re.IGNORECASE)
_FIRST, _LAST, _TWO_DIGITS = 0, 9999, 99
_DECADES: Final = {
    f"{name}ties": 10 * tens
    for tens, name in enumerate(
        ["twen", "thir", "for", "fif", "six", "seven", "eigh", "nine"], start=2
    )
}
_NAMED_DECADE: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_DECADES)})(?!\w)", re.IGNORECASE)
_RECENT: Final = 29  # '00 to '29 are of this century


def year_condition(text: str) -> Year:
    """The range of years of a text that ``YEAR_CONDITION`` matches.

    Raises:
        ValueError: the range is empty; the text says what to write.
    """
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no condition on a year: write year:1999.")
    decade = parts["name"].casefold() == "decade"
    span = years_of(
        f"{parts['span']}s" if decade and re.fullmatch(r"\d+", parts["span"]) else parts["span"]
    )
    match parts["sign"]:
        case ">":
            return _from(_or(span.last, _LAST) + 1)
        case "<":
            return _until(_or(span.first, _FIRST) - 1)
        case ">=" | "=>":
            return Year(span.first, None)
        case "<=" | "=<":
            return Year(None, span.last)
        case _:
            return span


def years_of(text: str) -> Year:
    """The range of years of a text such as `1999`, `1990..1999`, `..1999`, `1990s` or `198x`.

    Raises:
        ValueError: it has no year, or the range is empty.
    """
    if re.fullmatch(r"\d{4}", text):
        return Year(int(text), int(text))
    if re.fullmatch(r"\d{1,3}", text):
        raise ValueError(f"A year has four digits: write year:{full_year(int(text))}.")
    if decade := re.fullmatch(r"'?(?P<tens>\d{1,3})(?:0(?:'?s|er|ies)|[x*?])", text, re.IGNORECASE):
        tens = 10 * int(decade["tens"])
        begins = full_year(tens) if len(decade["tens"]) == 1 else tens
        return Year(begins, begins + 9)
    match = _RANGE.fullmatch(text.replace("+", ".."))
    if not match or not (match["first"] or match["last"]):
        raise ValueError("year: takes a year, or a range: 1990..1999, 1990.., ..1999.")
    first, last = (int(match[end]) if match[end] else None for end in ("first", "last"))
    if first is not None and re.search(r"(?<!\d)\d\d$", text) and first > 999:
        last = _completed(first, int(text[-2:]))
    elif short := re.search(r"(?<!\d)\d{1,3}(?!\d)", text):
        raise ValueError(f"A year has four digits: write {full_year(int(short[0]))}.")
    if first is not None and last is not None and first > last:
        raise ValueError(f"The range {text} is empty: write {last}..{first}.")
    return Year(first, last)


def with_decades(text: str) -> str:
    """The text with decades in digits: `nineties` is `1990s`."""
    return _NAMED_DECADE.sub(lambda found: f"{named_decade(found[0])}s", text)


def named_decade(word: str) -> int | None:
    """The first year of a decade's name, e.g. 1990 of `nineties`; None if it is none."""
    tens = _DECADES.get(word.casefold())
    return None if tens is None else full_year(tens)


def full_year(short: int) -> int:
    """The year that two digits mean: 99 is 1999, 05 is 2005; of more digits this year's like, 1999."""
    if short > _TWO_DIGITS:
        return 1999
    return short + (2000 if short <= _RECENT else 1900)


def _completed(first: int, short: int) -> int:
    """The last year of `1990-99` or `1998-02`, of which only the last two digits are written."""
    return next(year for year in range(first, first + 100) if year % 100 == short)


def _from(first: int) -> Year:
    if first > _LAST:
        raise ValueError(f"No year is above {_LAST}.")
    return Year(first, None)


def _until(last: int) -> Year:
    if last < _FIRST:
        raise ValueError(f"No year is below {_FIRST}.")
    return Year(None, last)


def _or(year: int | None, instead: int) -> int:
    return instead if year is None else year
