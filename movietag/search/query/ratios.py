"""Ratios as people write them, in one form: `30 percent`, `30 pct`, `0,3`, `3/10` and `30` give `30%`. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import Final

_DIGITS: Final = r"\d{1,9}"
_NUMBER: Final = rf"(?:{_DIGITS}(?:[.,]{_DIGITS})?|[.,]{_DIGITS})"
_PERCENT: Final = r"(?:%{1,3}|‰|per\s*mill?es?\b|percents?\b|per\s+cents?\b|pct\b\.?|prozent\b)"
RATIO: Final = rf"(?:{_NUMBER}\s*{_PERCENT}|%\s*{_NUMBER}|{_DIGITS}\s*/\s*{_DIGITS}|{_NUMBER})"
"""A ratio in any form, as a pattern without groups."""
SURE_RATIO: Final = rf"(?:{_NUMBER}\s*{_PERCENT}|0?[.,]{_DIGITS})"
"""A ratio that cannot be a year or part of a title."""
_PARTS: Final = re.compile(
    rf"(?P<number>{_NUMBER})(?:\s*/\s*(?P<of>{_DIGITS}))?\s*(?P<percent>{_PERCENT})?", re.IGNORECASE
)
_PRECISION: Final = Decimal("0.01")
_UNITS: Final = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS: Final = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NUMBERS: Final = {
    **{name: number for number, name in enumerate((*_UNITS, *_TEENS), 1)},
    **{name: 10 * number for number, name in enumerate(_TENS, 2)},
    "hundred": 100,
}
_FRACTIONS: Final = str.maketrans({"½": ".5", "¼": ".25", "¾": ".75"})
_SPOKEN_NUMBER: Final = re.compile(
    rf"\b(?:a\s+)?(?P<tens>{'|'.join(_NUMBERS)})(?:[\s-]+(?P<units>{'|'.join(_UNITS)}))?(?=\s*{_PERCENT})",
    re.IGNORECASE,
)


def with_digits(text: str) -> str:
    """The text with the numbers before `percent` in digits: `thirty percent` is `30 percent`."""

    def digits(found: re.Match[str]) -> str:
        tens, units = (
            _NUMBERS.get((found[name] or "").casefold(), 0) for name in ("tens", "units")
        )
        return str(tens + units)

    return _SPOKEN_NUMBER.sub(digits, text).translate(_FRACTIONS)


def percent_of(text: str, *, percent: bool = False) -> str | None:
    """The ratio as a percentage, e.g. `12.5%`; None if it is not between 0 % and 100 %.

    A number above 1 is one of percent, ``percent`` says that any number is.
    """
    text = re.sub(r"^%(.*)", r"\1%", text.strip())
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    try:
        number = Decimal(parts["number"].replace(",", "."))
        if re.match(r"‰|per\s*mil", parts["percent"] or "", re.IGNORECASE):
            number /= 10
        elif parts["of"]:
            number = (100 * number / Decimal(parts["of"])).quantize(_PRECISION)
        elif not parts["percent"] and not percent and number <= 1:
            number *= 100
    except (DivisionByZero, InvalidOperation):
        return None
    return f"{number.normalize():f}%" if 0 <= number <= 100 else None
