"""A query in the characters of the language, whatever the keyboard or page it comes from. Pure.

Outside of quotes: curly, angle and corner quotes become ``"``, full-width signs and ``≥`` their plain forms, dashes ``-``;
invisible characters separate words or vanish. What is quoted stays as it is. Digits need no change: Python reads those
of every script.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LEFT, _RIGHT, _LOW = "\u201c", "\u201d", "\u201e"  # curly double quotes
CLOSING: Final = {
    _LEFT: f'{_RIGHT}{_LEFT}"',
    _RIGHT: f'{_RIGHT}"',
    _LOW: f'{_LEFT}{_RIGHT}"',
    "\u201f": f'{_RIGHT}"',
    "\uff02": '\uff02"',
    "«": "»",
    "»": "«»",
    "\u2039": "\u203a",
    "\u203a": "\u2039\u203a",
    "\u2018": "\u2019'",
    "\u2019": "\u2019",
    "\u201a": "\u2018\u2019",
    "「": "」",
    "『": "』",
    "《": "》",
    '"': f'"{_RIGHT}',
    "'": "'",
}
"""Opening quotes (curly, angle, corner and plain), and what may close each, the usual first."""
_APOSTROPHES: Final = "\u2019\u2018"
_SIGNS: Final = {
    **dict.fromkeys("≥⩾≧", ">="),
    **dict.fromkeys("≤⩽≦", "<="),
    **dict.fromkeys("\u2223\u2228", "|"),
    **dict.fromkeys("¬", "!"),
    **dict.fromkeys("∧", "&"),
    **dict.fromkeys("≠", "!="),
    **dict.fromkeys("\u066a\ufe6a", "%"),
    "\u066b": ".",
    **dict.fromkeys("\N{HORIZONTAL ELLIPSIS}\N{TWO DOT LEADER}", ".."),
    **dict.fromkeys("\N{IDEOGRAPHIC COMMA}\N{ARABIC COMMA}", ","),
    **dict.fromkeys(_APOSTROPHES, "'"),
    "\u200b": " ",
}
JOINERS: Final = "\u200c\u200d"
"""Invisible characters that belong to words of Persian, Indic scripts and emoji."""
_MINUS: Final = "\N{MINUS SIGN}"
_BEFORE_QUOTE: Final = (
    "(:|&!,;-="  # a quote opens at the start, after a space, or after one of these
)


@dataclass(frozen=True, slots=True)
class StraightText:
    """A text in plain characters; ``positions`` has the index of each character in the original, and of its end."""

    text: str
    positions: tuple[int, ...]

    def original(self, position: int) -> int:
        """The index in the original text of a character here."""
        return self.positions[min(position, len(self.positions) - 1)]


def straighten(query: str) -> StraightText:
    """The query in the characters of the language."""
    pieces = list(_pieces(query))
    positions = (
        at + min(number, length - 1) for piece, at, length in pieces for number in range(len(piece))
    )
    return StraightText("".join(piece for piece, _, _ in pieces), (*positions, len(query)))


def _pieces(query: str) -> Iterator[tuple[str, int, int]]:
    """Each character or quotation in its new form, with its position and length in the query."""
    at, before = 0, " "
    while at < len(query):
        end = _closing(query, at) if before.isspace() or before in _BEFORE_QUOTE else None
        if end is None:
            piece = _plain(query[at])
            yield piece, at, 1
            before = piece[-1:] or before
            at += 1
        else:
            yield _quotation(query[at : end + 1]), at, end + 1 - at
            before, at = '"', end + 1


def _closing(query: str, at: int) -> int | None:
    """The position of the quote that closes the one at a position; None if none opens there or closes it."""
    for closing in CLOSING.get(query[at], ""):
        end = at + 1
        while (end := query.find(closing, end)) != -1:
            if (len(query[:end]) - len(query[:end].rstrip("\\"))) % 2 == 0:
                return end
            end += 1
    return None


def _quotation(text: str) -> str:
    """A quotation between plain quotes, as long as before unless quotes in it must be escaped."""
    if text[0] in "\"'" and text[0] == text[-1]:
        return text
    inside = text[1:-1]
    if text[0] != '"':
        inside = inside.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'


def _plain(character: str) -> str:
    if (sign := _SIGNS.get(character)) is not None:
        return sign
    if character.isascii() or character.isalnum():
        return character
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    category = unicodedata.category(character)
    if category == "Cf" and character not in JOINERS:
        return ""
    return "-" if category == "Pd" or character == _MINUS else character
