"""A query whose quotations and tags of several words are single characters, so that patterns can rewrite the rest. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from movietag.search.query.fields import TAG_FIELDS
from movietag.search.query.nodes import quoted
from movietag.search.query.tags import TagNames

_FIRST: Final = 0xE000  # of the characters for private use
_MOST: Final = 0x1900
_QUOTATION: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|(?<!\w)'(?:\\.|[^'\\])*'(?!\w)", re.DOTALL)
_WORD: Final = r"[^\W\d_][\w'-]*"
_AFTER_FIELD: Final = "|".join(f"(?<={name}:)" for name in TAG_FIELDS)
HIDDEN: Final = "[\ue000-\uf8ff]"
"""What stands for a quotation, as a pattern."""


@dataclass(frozen=True, slots=True)
class MaskedQuery:
    """A query in which characters for private use stand for the quotations ``hidden``."""

    text: str
    hidden: tuple[str, ...]

    @classmethod
    def of(cls, query: str, names: TagNames) -> Self:
        """Mask a straightened query: what is quoted, and words that are a tag together."""
        hidden: list[str] = []

        def hide(text: str) -> str:
            if len(hidden) == _MOST:
                return text
            hidden.append(text)
            return chr(_FIRST + len(hidden) - 1)

        text = _QUOTATION.sub(lambda found: hide(found[0]), re.sub(HIDDEN, " ", query))
        return cls(_with_tags(text, names, hide), tuple(hidden))

    def shown(self, text: str) -> str:
        """A rewritten text with the quotations in their places."""
        return re.sub(HIDDEN, lambda found: self.hidden[ord(found[0]) - _FIRST], text)

    def tag(self, word: str, names: TagNames) -> str | None:
        """The tag that a word, or what stands for a quotation, names."""
        text = self.shown(word)
        if text[:1] in {'"', "'"} and len(text) > 1:
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        return names.find(text) if text else None


def _with_tags(text: str, names: TagNames, hide: Callable[[str], str]) -> str:
    """The text with each tag of several words hidden; what follows a field's colon is none, unless it is a tag's."""

    def replaced(found: re.Match[str]) -> str:
        parts = found[0].split()
        made: list[str] = []
        at = 0
        while at < len(parts):
            begun = names.begins(parts[at:])
            number = begun[1] if begun else 1
            made.append(hide(quoted(begun[0])) if begun and number > 1 else parts[at])
            at += number
        return " ".join(made)

    return re.sub(rf"(?:(?<![\w:])|{_AFTER_FIELD}){_WORD}(?:[ \t]+{_WORD})+", replaced, text)
