"""Numbers as titles write them: `II`, `Two` and `2` are one number."""

from __future__ import annotations

import re
from typing import Final

_ROMAN: Final = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_ONES: Final = {
    "": 0,
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
}
_NAMES: Final = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty"
)
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_BY_NAME: Final = {
    **{name: str(number) for number, name in enumerate(_NAMES.split("|"))},
    **{
        ten + one: str(10 * tens + ones)
        for tens, ten in enumerate(_TENS, start=2)
        for ones, one in enumerate(["", *_NAMES.split("|")[1:10]])
    },
}


def named_number(text: str) -> str | None:
    """The arabic form of an English number below a hundred, in one piece: `twelve`, `thirtynine`."""
    return _BY_NAME.get(text)


def number_of(word: str, *, first: bool) -> str | None:
    """The arabic form of a roman numeral up to 39, or of an English number below a hundred.

    A title that begins with `I`, `V` or `X` means the letter.
    """
    if number := named_number(word):
        return number
    roman = _ROMAN.fullmatch(word)
    if not roman or not word or (first and len(word) == 1):
        return None
    return str(10 * len(roman[1]) + _ONES[roman[2]])
