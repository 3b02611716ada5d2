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
_BY_NAME: Final = {name: str(number) for number, name in enumerate(_NAMES.split("|"))}


def number_of(word: str, *, first: bool) -> str | None:
    """The arabic form of a roman numeral up to 39, or of an English number up to twenty.

    A title that begins with `I`, `V` or `X` means the letter.
    """
    if word in _BY_NAME:
        return _BY_NAME[word]
    roman = _ROMAN.fullmatch(word)
    if not roman or not word or (first and len(word) == 1):
        return None
    return str(10 * len(roman[1]) + _ONES[roman[2]])
