"""WordPiece: a text -> the numbers of its pieces, as BERT and the models after it read it. Pure.

After Devlin, Chang, Lee, Toutanova: BERT, NAACL 2019, whose vocabulary and rules these are; a word that is
not in the vocabulary is cut, from its beginning, into the longest pieces that are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

MOST_LETTERS: Final = 100  # of a word; a longer one is unknown
UNKNOWN, FIRST, LAST = "[UNK]", "[CLS]", "[SEP]"
_CJK: Final = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
"""Characters each of which is a word of its own."""


class WordPiece:
    """A vocabulary: one piece a line, a piece inside a word begins with `##`.

    Args:
        pieces: in the order of their numbers.
        uncased: fold case and take accents off.

    Raises:
        ValueError: the vocabulary lacks one of the marks that every text gets.
    """

    def __init__(self, pieces: Sequence[str], *, uncased: bool = True) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._uncased = uncased
        if missing := [mark for mark in (UNKNOWN, FIRST, LAST) if mark not in self._numbers]:
            raise ValueError(f"no {', '.join(missing)} among its {len(pieces)} pieces")
        self._of_word = lru_cache(maxsize=20_000)(self._cut)

    def numbers(self, text: str, most: int) -> list[int]:
        """The numbers of a text's pieces, the first ``most`` of them with the marks around them."""
        found = [self._numbers[FIRST]]
        for word in basic_words(text, uncased=self._uncased):
            found += self._of_word(word)
            if len(found) >= most:
                break
        return [*found[: most - 1], self._numbers[LAST]]

    def _cut(self, word: str) -> tuple[int, ...]:
        """The numbers of the longest pieces, from the left; of a word that has none, the unknown one."""
        unknown = (self._numbers[UNKNOWN],)
        if len(word) > MOST_LETTERS:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self._numbers), None)
            if end is None:
                return unknown
            found.append(self._numbers[prefix + word[start:end]])
            start = end
        return tuple(found)


def basic_words(text: str, *, uncased: bool) -> Iterator[str]:
    """The words of a text and its signs, each sign by itself."""
    spaced = "".join(map(_spaced, text))
    if uncased:
        spaced = "".join(
            letter
            for letter in unicodedata.normalize("NFD", spaced)
            if unicodedata.category(letter) != "Mn"
        ).lower()
    for run in spaced.split():
        word = ""
        for letter in run:
            if not _is_sign(letter):
                word += letter
                continue
            if word:
                yield word
            yield letter
            word = ""
        if word:
            yield word


def _spaced(letter: str) -> str:
    """A character as it is read: a blank for any blank, nothing for a control character."""
    if letter in "\t\n\r" or unicodedata.category(letter) == "Zs":
        return " "
    if letter in "\0\N{REPLACEMENT CHARACTER}" or unicodedata.category(letter)[0] == "C":
        return ""
    code = ord(letter)
    return f" {letter} " if any(first <= code <= last for first, last in _CJK) else letter


def _is_sign(letter: str) -> bool:
    """Whether it is punctuation, or a sign of ASCII that Unicode calls something else, such as $."""
    if letter.isascii():
        return not letter.isalnum()
    return unicodedata.category(letter)[0] == "P"
