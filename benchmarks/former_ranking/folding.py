"""Titles folded to words, so that different spellings of a title are equal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_ROMAN: Final = ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
_WORDS: Final = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen"),
)
NUMBERS: Final = {roman: str(number) for number, roman in enumerate(_ROMAN, 2)} | {
    word: str(number) for number, word in enumerate(_WORDS, 1)
}
_APOSTROPHES: Final = dict.fromkeys(map(ord, "’‘ʼ`´′"), "'")  # noqa: RUF001  # all kinds of them
_BLANKS_ONLY: Final = re.compile(r"\s*")
# Scripts that do not, or not always, separate words by blanks: Thai to Myanmar, Hangul, Kana, Han.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word; ``glued``: only blanks separate it from the word before."""

    text: str
    glued: bool
    possessive: bool = False  # "Disney's"
    before: str = ""  # the text between it and the word before


def fold(text: str) -> tuple[Word, ...]:
    """Split a title into folded words.

    Case, width, accents (those of Latin, Greek and Cyrillic letters), apostrophes, ``&`` and the form
    of small numbers (``II``, ``two``, ``2``) make no difference.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    bare = "".join(char for char in decomposed if not "\u0300" <= char <= "\u036f")
    folded = unicodedata.normalize("NFC", bare.casefold()).replace("&", " and ")
    words: list[Word] = []
    start = 0  # end of the word before
    for begin, end in _spans(folded):
        between = folded[start:begin]
        raw = folded[begin:end]
        plain = raw.replace("'", "")
        words.append(
            Word(
                text=NUMBERS.get(plain, plain),
                glued=bool(words) and _BLANKS_ONLY.fullmatch(between) is not None,
                possessive=raw.endswith("'s"),
                before=between,
            )
        )
        start = end
    return tuple(words)


def unspaced(text: str) -> bool:
    """Whether the text has letters of a script that does not separate words by blanks."""
    return _UNSPACED.search(text) is not None


def _spans(text: str) -> list[tuple[int, int]]:
    """The spans of words: letters, marks and digits, and apostrophes between them."""
    spans: list[tuple[int, int]] = []
    begin: int | None = None
    for at, char in enumerate(f"{text} "):
        wordy = unicodedata.category(char)[0] in "LMN" or (
            char == "'" and begin is not None and text[at + 1 : at + 2].isalnum()
        )
        if wordy and begin is None:
            begin = at
        elif not wordy and begin is not None:
            spans.append((begin, at))
            begin = None
    return spans
