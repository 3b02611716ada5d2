"""Rules that rewrite years as people say them into conditions: `before 1990` into `year:..1989`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_YEAR: Final = r"(?:1[89]|20)\d\d"
_ALONE: Final = r"(?<![\w:.,<>=-])"
_FIELD: Final = r"(?:years?|decade|released?)"
_END: Final = r"(?![\w.,%]*[\d%])"
_TO: Final = r"\s*(?:\.\.+|[-:~]|to|and|until)\s*"


def _before(found: re.Match[str]) -> str:
    return f"year:..{int(found['year']) - 1}"


def _after(found: re.Match[str]) -> str:
    return f"year:{int(found['year']) + 1}.."


def _bracketed(found: re.Match[str]) -> str:
    """`year:[1990 TO 1999]`, as Lucene writes it; braces leave the end out."""
    first, last = found["first"].strip("*"), found["last"].strip("*")
    low = str(int(first) + (found["opening"] == "{")) if first else ""
    high = str(int(last) - (found["closing"] == "}")) if last else ""
    return f"year:{low}..{high}" if low or high else found[0]


def _ordered(found: re.Match[str]) -> str:
    first, last = sorted((int(found["first"]), int(found["last"])))
    return f"year:{first}..{last}"


def _listed(found: re.Match[str]) -> str:
    return f"({' or '.join(f'year:{year}' for year in re.findall(_YEAR, found[0]))})"


def _within(found: re.Match[str]) -> str:
    """`1990<year<2000`."""
    up = found["sign1"][0] == "<"
    low, high = (found["first"], found["last"]) if up else (found["last"], found["first"])
    if found["sign2"][0] != found["sign1"][0]:
        return found[0]
    below, above = (found["sign1"], found["sign2"]) if up else (found["sign2"], found["sign1"])
    return f"year:{int(low) + ('=' not in below)}..{int(high) - ('=' not in above)}"


YEAR_RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], str] | str], ...]] = (
    (rf"(?P<first>{_YEAR})\s*(?P<sign1>[<>]=?)\s*{_FIELD}\s*(?P<sign2>[<>]=?)\s*(?P<last>{_YEAR})", _within),
    (rf"(?P<last>{_YEAR})\s*>\s*{_FIELD}{_END}", lambda found: f"year:..{int(found['last']) - 1}"),
    (rf"(?P<last>{_YEAR})\s*>=\s*{_FIELD}{_END}", r"year:..\g<last>"),
    (rf"(?P<first>{_YEAR})\s*<\s*{_FIELD}{_END}", lambda found: f"year:{int(found['first']) + 1}.."),
    (rf"(?P<first>{_YEAR})\s*<=\s*{_FIELD}{_END}", r"year:\g<first>.."),
    (
        rf"{_ALONE}(?:{_FIELD}[:=\s]*)?(?:from\s+|between\s+)?(?:the\s+)?(?P<first>(?:1[89]|20)\d)0'?s{_TO}(?:the\s+)?(?P<last>(?:1[89]|20)\d)0'?s(?!\w)",
        r"year:\g<first>0..\g<last>9",
    ),
    (
        rf"{_FIELD}\s*[:=]+\s*(?P<opening>[\[{{(])\s*(?P<first>{_YEAR}|\*)(?:{_TO}|\s+)(?P<last>{_YEAR}|\*)\s*(?P<closing>[\]}})])",
        _bracketed,
    ),
    (rf"{_FIELD}\s*(?:!=|<>)\s*(?P<year>{_YEAR}){_END}", r"not year:\g<year>"),
    (rf"{_ALONE}(?:{_FIELD}[:=\s]*)?{_YEAR}(?:\s*(?:[,;/|]+|\bor\b)\s*{_YEAR})+{_END}", _listed),
    (
        rf"{_FIELD}\s*[:=]*\s*(?:between\s+|from\s+|in\s+)?(?P<first>{_YEAR}){_TO}(?P<last>{_YEAR}){_END}",
        _ordered,
    ),
    (rf"{_FIELD}\s+(?:is\s+|was\s+|in\s+)?(?P<year>{_YEAR}){_END}", r"year:\g<year>"),
    (
        rf"{_ALONE}(?:(?:from|between)\s+)?(?P<first>{_YEAR}){_TO}(?P<last>{_YEAR}){_END}",
        _ordered,
    ),
    (rf"{_ALONE}(?:{_FIELD}[:=\s]*)?(?P<year>{_YEAR})\s*(?:\+|(?:or|and)\s+(?:later|newer|after|up|above)|onwards?)(?!\w)", r"year:\g<year>.."),
    (rf"{_ALONE}(?:{_FIELD}[:=\s]*)?(?P<year>{_YEAR})\s+(?:or|and)\s+(?:earlier|older|before)(?!\w)", r"year:..\g<year>"),
    (rf"{_ALONE}pre-?\s*(?P<year>{_YEAR}){_END}", _before),
    (rf"{_ALONE}post-?\s*(?P<year>{_YEAR}){_END}", _after),
    (rf"{_ALONE}{_FIELD}?\s*:?\s*(?:before|prior\s+to|earlier\s+than|older\s+than)\s+(?P<year>{_YEAR}){_END}", _before),
    (rf"{_ALONE}{_FIELD}?\s*:?\s*(?:after|later\s+than|newer\s+than)\s+(?P<year>{_YEAR}){_END}", _after),
    (rf"{_ALONE}(?:{_FIELD}?\s*:?\s*since|{_FIELD}\s*:?\s*from)\s+(?P<year>{_YEAR}){_END}", r"year:\g<year>.."),
    (rf"{_ALONE}{_FIELD}?\s*:?\s*(?:until|till|up\s+to)\s+(?P<year>{_YEAR}){_END}", r"year:..\g<year>"),
    (
        rf"{_ALONE}(?:(?:made|released|produced|shot|filmed)\s+)?(?:in|from|of)\s+(?:the\s+)?(?P<year>{_YEAR}(?:'?s)?|'?\d0'?s){_END}",
        r"year:\g<year>",
    ),
)  # fmt: skip
"""Patterns, and what replaces each."""
