"""A title split into words, and words into pieces that the index stores."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from movietag.rules.spelling.letters import expanded, folded

MOST_ARTICLE: Final = 4  # letters of a word whose beginning is no article
MOST_LETTERS: Final = 100  # of a piece; Elasticsearch splits tokens of more than 255
_GLYPH: Final = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff"  # Thai to Khmer, Jamo
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u318f\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
"""Scripts that are written without spaces, or with spaces that people leave out."""


@dataclass(frozen=True, slots=True)
class SpelledWord:
    """A word of a title: the run of letters, of digits, or of characters of a script without spaces.

    Attributes:
        pieces: the word itself; or each character, where the script has no spaces.
        chunk: the number of its stretch without a blank: `wall` and `e` of `WALL·E` have the same one.
        symbol: a picture such as ♥, or the signs of a text that has nothing else.
        comma: a comma follows it.

    """

    pieces: tuple[str, ...]
    chunk: int
    symbol: bool = False
    comma: bool = False

    @property
    def text(self) -> str:
        """The word in one piece."""
        return "".join(self.pieces)

    @property
    def glyphs(self) -> bool:
        """Whether its script is written without spaces."""
        return bool(_GLYPH.match(self.pieces[0]))


@lru_cache(maxsize=20_000)
def readings(text: str) -> tuple[tuple[SpelledWord, ...], ...]:
    """The words of a text folded, and once more with umlauts as two letters if it has any."""
    plain, longer = tuple(_words(folded(text))), tuple(_words(expanded(text)))
    return (plain,) if plain == longer or len(plain) != len(longer) else (plain, longer)


def without_article(word: str) -> str | None:
    """An Arabic word without the article that is written together with it; None if it has none."""
    return word[2:] if word.startswith("ال") and len(word) > MOST_ARTICLE else None


def lone_signs(text: str) -> list[str]:
    """The signs that stand between blanks, such as `&`."""
    return [chunk[:MOST_LETTERS] for chunk in folded(text).split() if not any(map(_kind, chunk))]


def _words(text: str) -> list[SpelledWord]:
    words: list[SpelledWord] = []
    for chunk, written in enumerate(text.split()):
        for kind, run in _runs(written):
            pieces = tuple(_clusters(run)) if kind == "glyph" else (run[:MOST_LETTERS],)
            words.append(SpelledWord(pieces, chunk, kind == "symbol"))
        if written[-1] in ",、،" and words:
            words[-1] = replace(words[-1], comma=True)
    signs = "".join(text.split())[:MOST_LETTERS]
    return words or ([SpelledWord((signs,), 0, symbol=True)] if signs else [])


def _runs(written: str) -> list[tuple[str, str]]:
    """Runs of characters of one kind: letters, digits, glyphs; signs separate and are left out."""
    runs: list[tuple[str, str]] = []
    before = ""
    for char in written:
        kind = _kind(char)
        if kind == "mark":
            kind = before
        if kind and kind == before and kind != "symbol":
            runs[-1] = (kind, runs[-1][1] + char)
        elif kind:
            runs.append((kind, char))
        before = kind
    return runs


@lru_cache(maxsize=10_000)
def _kind(char: str) -> str:
    """Whether a character is a letter, a digit, a glyph, a mark or a symbol; empty for all other signs."""
    category = unicodedata.category(char)
    if category[0] == "M":
        return "mark"
    if category[0] in "LN":
        return "glyph" if _GLYPH.match(char) else {"L": "letter", "N": "digit"}[category[0]]
    return "symbol" if category == "So" and char >= "\u2600" else ""


def _clusters(run: str) -> list[str]:
    """Each character with the marks on it."""
    clusters: list[str] = []
    for char in run:
        if clusters and unicodedata.category(char)[0] == "M":
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters
