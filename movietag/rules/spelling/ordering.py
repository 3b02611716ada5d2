"""The key by which titles are sorted: as people look them up in a list. Pure.

Keys are compared by their code points, as Elasticsearch compares keywords. Without an alphabet the order is one for all languages:

* Case, accents, width, ligatures and signs make no difference (``movietag.rules.spelling.letters``).
* An article at the beginning does not count (``ARTICLES``), nor one behind a comma at the end (`Matrix, The`).
* Words are compared one by one, so `Up Close` precedes `Uptown`; digits by their value, so `Ocean's 8` precedes
  `Ocean's 11`.
* Titles that have signs only come first, then those that begin with a number, then scripts in the order of Unicode: Latin, Greek, Cyrillic,
  Hebrew, Arabic, scripts of India, Thai, kana, Han (by its code points), Hangul.

With an alphabet (``movietag.rules.spelling.alphabets``) its letters have the places they have there: in Swedish `Å` follows `z`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal

from movietag.rules.spelling.alphabets import in_alphabet
from movietag.rules.spelling.splitting import SpelledWord, readings
from movietag.settings.languages import AlphabetName

ARTICLES: Final = frozenset(
    ["the", "a", "an", "der", "das", "le", "la", "les", "el", "il", "gli", "het"]
)
"""Definite ones, and English `a` and `an`; not `die`, `de`, `i`, `o`, `los`, which begin other titles, too."""
MOST_KEY: Final = 200  # characters; longer titles with one beginning are sorted by the title itself
_ELIDED: Final = re.compile(r"[\s\"'«„“‘¡¿([]*l['’ʼ`´＇]\s*(?=\w)", re.IGNORECASE)  # noqa: RUF001
_WIDTH: Final = 3  # digits of the number of digits


@lru_cache(maxsize=20_000)
def title_key(title: str, alphabet: AlphabetName | Literal[""] = "") -> str:
    """The key of a title, of up to ``MOST_KEY`` characters; empty if nothing of the title is compared.

    `The Moon's 12 Gardens` gives `moon s 00212 gardens`.
    """
    elided = _ELIDED.match(title)
    words = readings(in_alphabet(title[elided.end() :] if elided else title, alphabet))[0]
    letters = [word for word in words if not word.symbol]
    if not letters:
        return " " + "".join(word.text for word in words) if words else ""
    kept = letters if elided else _without_article(letters)
    chunks = groupby(kept, key=lambda word: word.chunk)
    key = " ".join(" ".join(_runs(list(chunk))) for _, chunk in chunks)
    return key[:MOST_KEY]


def _without_article(words: Sequence[SpelledWord]) -> Sequence[SpelledWord]:
    """The words without an article before or behind them; `La La Land` and `The The` keep theirs."""
    if len(words) < 2:
        return words
    first, second, last, before = words[0], words[1], words[-1], words[-2]
    if last.text in ARTICLES and before.comma:
        return words[:-1]
    alone = first.chunk != second.chunk and first.text != second.text
    return words[1:] if first.text in ARTICLES and alone else words


def _runs(chunk: Sequence[SpelledWord]) -> list[str]:
    """The words of a stretch without a blank; those of a script without spaces are one run."""
    return [
        text
        for glyphs, run in groupby(chunk, key=lambda word: word.glyphs)
        for text in (["".join(word.text for word in run)] if glyphs else map(_comparable, run))
    ]


def _comparable(word: SpelledWord) -> str:
    """The word; a number with the number of its digits before them, so that it is compared by value."""
    text = word.text
    if not text.isdecimal():
        return text
    digits = text.lstrip("0") or "0"
    return f"{len(digits):0{_WIDTH}}{digits}"
