"""Numbers written in letters, read as digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_ROMAN: Final = ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv")
ROMAN: Final = {roman: str(number) for number, roman in enumerate(_ROMAN, 2)}
_ONES: Final = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ONES: Final = {word: number for number, word in enumerate(_ONES, 1)}
TENS: Final = {word: 10 * number for number, word in enumerate(_TENS, 2)}
_ORDINALS: Final = (
    *(
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
    ),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth"),
)
ORDINAL: Final = {
    word: f"{number}{'st' if number == 1 else 'nd' if number == 2 else 'rd' if number == 3 else 'th'}"
    for number, word in enumerate(_ORDINALS, 1)
}
_ELSEWHERE: Final = (  # from two
    "dos tres cuatro cinco seis siete ocho nueve diez once doce trece",
    "deux trois quatre cinq six sept huit neuf dix onze douze treize",
    "zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn",
    "due tre quattro cinque sei sette otto nove dieci undici dodici tredici",
    "dois tres quatro cinco seis sete oito nove dez onze doze treze",
    "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать",
    "二 三 四 五 六 七 八 九 十",
)
ELSEWHERE: Final = {
    word: str(number) for words in _ELSEWHERE for number, word in enumerate(words.split(), 2)
}
"""Numbers in other languages: what such a word may be compared as, not what it is ("once" is 11 and English)."""
HALF: Final = ("and", "a", "half")


def number_at(words: Sequence[str], begin: int) -> tuple[str, int] | None:
    """The number in English words that begins at a place, as digits, and the place after it.

    It reads what titles have: to a hundred and ninety-nine, hundreds, thousands, and years in pairs
    ("nineteen eighty-four"). "Nine and a half" is ``9 1 2``, as ``9½`` is.
    """
    small = _below_hundred(words, begin)
    if small is None:
        return None
    value, end = small
    word = words[end] if end < len(words) else ""
    if word == "hundred" and value < 100:
        value, end = 100 * value, end + 1
        after = end + 1 if words[end : end + 1] == ["and"] else end
        if rest := _below_hundred(words, after):
            value, end = value + rest[0], rest[1]
    elif word == "thousand":
        value, end = 1000 * value, end + 1
    elif value in {18, 19, 20} and (rest := _below_hundred(words, end)) and rest[0] >= 10:
        value, end = 100 * value + rest[0], rest[1]
    if tuple(words[end : end + 3]) == HALF:
        return f"{value} 1 2", end + 3
    return str(value), end


def _below_hundred(words: Sequence[str], begin: int) -> tuple[int, int] | None:
    if begin >= len(words):
        return None
    word = words[begin]
    if word in TENS:
        unit = ONES.get(words[begin + 1], 0) if begin + 1 < len(words) else 0
        return (TENS[word] + unit, begin + 2) if 1 <= unit <= 9 else (TENS[word], begin + 1)
    return (ONES[word], begin + 1) if word in ONES else None


def spelt_with_digits(word: str) -> str:
    """The number in letters that a word spells with its own digit in it, else the word: ``se7en`` is seven."""
    digits = "".join(char for char in word if char.isdecimal())
    if not digits or word.isdecimal():
        return word
    before, _, after = word.partition(digits)
    for name, value in ONES.items():
        fits = name.startswith(before) and name.endswith(after)
        if str(value) == digits and fits and len(before) + len(after) < len(name):
            return name
    return word
