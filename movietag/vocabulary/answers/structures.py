"""A tolerant reader of JSON, as models write it.

Accepted besides JSON: single and curly quotes, Python's `True` and tuples, bare words, trailing and missing commas,
a missing end. It is our own, not a library that repairs JSON: what a caption counts as must not change with the
version of a library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from movietag.vocabulary.cut import LONGEST_ENTRY, whole_part

DEEPEST: Final = 32  # nested lists and objects; deeper ones are read as plain text

_SPACE: Final = re.compile(r"(?:\s|//[^\n]*)*")
_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "\u201c": '\u201d"', "\u2018": "\u2019'"}
_CLOSED: Final = {"{": "}", "[": "]", "(": ")"}
_BEHIND_STRING: Final = re.compile(r"\s*(?:[,:\]})]|\Z)")
_BARE: Final = re.compile(r"[^,:\[\]{}()\n\"“”]+")
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number or truth value; ``quoted`` if it was a string."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class KeyedValue:
    """A key and its value."""

    key: str
    value: Scalar | Structure


@dataclass(frozen=True, slots=True)
class Structure:
    """A list or an object: values, keyed or not."""

    items: tuple[Scalar | Structure | KeyedValue, ...]

    @property
    def is_data(self) -> bool:
        """Whether it is more than words in brackets: empty, or with a key or a quote."""
        return not self.items or any(
            isinstance(item, KeyedValue)
            or (item.quoted if isinstance(item, Scalar) else item.is_data)
            for item in self.items
        )


Node = Scalar | Structure | KeyedValue


class TooDeepError(ValueError):
    """Lists and objects are nested too deeply."""


class StructureReader:
    """Reads one list or object.

    Attributes:
        at: the position behind what has been read.
        unclosed: whether the text ended before the list or object did.

    Args:
        text: holds it.
        at: the position of its opening bracket.
        cut: the text may end in half a word: its last value is left out, or its last word if it is prose.
    """

    def __init__(self, text: str, at: int, *, cut: bool) -> None:
        self._text, self.at, self._cut = text, at, cut
        self._open: list[str] = []
        self.unclosed = False

    def read(self) -> Structure:
        """The list or object.

        Raises:
            TooDeepError: it is nested more than ``DEEPEST`` times.
        """
        self._open.append(_CLOSED[self._text[self.at]])
        if len(self._open) > DEEPEST:
            raise TooDeepError
        self.at += 1
        items: list[Node] = []
        while (mark := self._next()) and not self._closes(mark):
            if mark in ",:)]}":
                self.at += 1  # an empty place, or a bracket that nothing opened
            else:
                items.append(self._item())
        self.unclosed = not mark
        self._open.pop()
        return Structure(tuple(items))

    def _next(self) -> str:
        """The next character that is not blank; empty at the end."""
        found = _SPACE.match(self._text, self.at)
        self.at = found.end() if found else self.at
        return self._text[self.at : self.at + 1]

    def _closes(self, mark: str) -> bool:
        """Whether a character ends the innermost list or object; one of an outer bracket ends it, too."""
        if mark == self._open[-1]:
            self.at += 1
            return True
        return mark in self._open

    def _item(self) -> Node:
        """A value, or a key with its value; a missing value is an empty one."""
        value = self._value()
        if not isinstance(value, Scalar) or self._next() != ":":
            return value
        self.at += 1
        missing = self._next() in {"", ",", *self._open}
        return KeyedValue(value.text, Scalar("", quoted=False) if missing else self._value())

    def _value(self) -> Scalar | Structure:
        mark = self._next()
        if mark in _CLOSED:
            return self.read()
        return self._string(_QUOTES[mark]) if mark in _QUOTES else self._bare()

    def _string(self, closers: str) -> Scalar:
        """A string: a quote before a comma, colon or bracket ends it, as models forget to escape others."""
        start = end = self.at + 1
        while end < len(self._text):
            if self._text[end] == "\\":
                end += 1
            elif self._text[end] in closers and _BEHIND_STRING.match(self._text, end + 1):
                break
            end += 1
        self.at = end + 1
        text = _ESCAPE.sub(_unescaped, self._text[start:end])
        return Scalar(self._without_half(text) if end >= len(self._text) else text, quoted=True)

    def _bare(self) -> Scalar:
        found = _BARE.match(self._text, self.at)
        end = found.end() if found else self.at + 1
        text = self._text[self.at : end].strip()
        self.at = end
        return Scalar(self._without_half(text) if end >= len(self._text) else text, quoted=False)

    def _without_half(self, text: str) -> str:
        """The last value, which has no end: nothing of a short one counts, which may be half a tag."""
        if not self._cut:
            return text
        return whole_part(text) if len(text.split()) > LONGEST_ENTRY else ""


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)
