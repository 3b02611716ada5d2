"""What the index stores of a title, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from movietag.rules.spelling.numerals import named_number, number_of
from movietag.rules.spelling.splitting import (
    MOST_LETTERS,
    SpelledWord,
    lone_signs,
    readings,
    without_article,
)

LEAST_SLIP: Final = 3  # letters of a word that may have a slip
FREE_SLIP: Final = 5  # letters of one that may have any
MOST_JOINED: Final = 3  # neighbours that are also stored in one piece
_AND: Final = ("and", "und", "et", "og", "och")
"""What `&` and `+` between words are read as."""


@lru_cache(maxsize=20_000)
def title_forms(title: str) -> tuple[str, ...]:
    """The forms of a title: first its pieces in order, separated by blanks, then what else it is found by.

    That is: the same with umlauts as two letters; neighbours in one piece (`walle` of `WALL·E`); numbers in arabic
    digits; a `&` and `and` for it. Elasticsearch splits each form at its blanks and at nothing else.
    """
    lines = [" ".join(pieces_of(words)) for words in readings(title)]
    known = set(lines[0].split())
    more = [text for words in readings(title) for text in _further(words)]
    signs = lone_signs(title)
    more += [*signs, *(_AND if {"&", "+"} & set(signs) else ())]
    forms = [*lines, *(text for text in more if text not in known)]
    return tuple(dict.fromkeys(form for form in forms if form))


def whole_form(title: str) -> str:
    """The words of a title in one piece: titles with the same are one, however they are spelled."""
    return "".join(word.text for word in readings(title)[0])[:MOST_LETTERS]


def pieces_of(words: Sequence[SpelledWord]) -> list[str]:
    """The pieces of all words, in order."""
    return [piece for word in words for piece in word.pieces]


def joined(words: Sequence[SpelledWord]) -> Iterator[tuple[int, int, str]]:
    """Stretches of words in one piece, each with its first word and the one after its last.

    Words of a script without spaces are stretches by themselves.
    """
    total = len(words)
    stretches = {
        (first, last)
        for first in range(total)
        for last in range(first + 1, min(first + MOST_JOINED, total) + 1)
    }
    chunks = {word.chunk for word in words}
    for chunk in chunks:
        inside = [place for place, word in enumerate(words) if word.chunk == chunk]
        stretches.add((inside[0], inside[-1] + 1))
    if total:
        stretches.add((0, total))
    for first, last in sorted(stretches):
        text = "".join(word.text for word in words[first:last])
        if (last - first > 1 or words[first].glyphs) and len(text) <= MOST_LETTERS:
            yield first, last, text


def _further(words: Sequence[SpelledWord]) -> Iterator[str]:
    for _, _, text in joined(words):
        yield text
        if number := named_number(text):
            yield number
    for place, word in enumerate(words):
        if number := number_of(word.text, first=place == 0):
            yield number
        if bare := without_article(word.text):
            yield bare


class SpelledTitle:
    """The title and year of a movie, asked in Python what Elasticsearch is asked of its stored forms."""

    def __init__(self, title: str, year: int | None) -> None:
        self.year = year
        self._lines = [form.split() for form in title_forms(title)]
        self._tokens = frozenset(token for line in self._lines for token in line)

    def has(self, token: str) -> bool:
        """Whether a form has the token."""
        return token in self._tokens

    def begins(self, start: str) -> bool:
        """Whether a token begins so."""
        return any(token.startswith(start) for token in self._tokens)

    def phrase(self, pieces: Sequence[str], *, begins: bool = False) -> bool:
        """Whether a form has the pieces side by side; with ``begins`` the last one is a beginning."""
        size, wanted = len(pieces), list(pieces)
        for line in self._lines:
            for at in range(len(line) - size + 1):
                part = line[at : at + size]
                if part[:-1] == wanted[:-1] and (
                    part[-1].startswith(wanted[-1]) if begins else part[-1] == wanted[-1]
                ):
                    return True
        return False

    def near(self, word: str) -> bool:
        """Whether a token is the word but for one slip; see ``is_slip``."""
        return any(is_slip(word, token) for token in self._tokens)


def is_slip(typed: str, token: str) -> bool:
    """Whether two words differ by one slip: a letter too many, too few or another, or two neighbours swapped.

    In words of three and four letters only: two neighbours swapped, or, of four, a letter too few that is not the
    first. Numbers are not taken for one another.
    """
    if not can_slip(typed) or OSA.distance(typed, token, score_cutoff=1) > 1:
        return False
    if len(typed) >= FREE_SLIP or sorted(typed) == sorted(token):
        return True
    return len(token) == FREE_SLIP and len(typed) < FREE_SLIP and token[0] == typed[0]


def can_slip(word: str) -> bool:
    """Whether a word is long enough for a slip, and no number."""
    return len(word) >= LEAST_SLIP and not any(char.isdigit() for char in word)
