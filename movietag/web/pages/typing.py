"""The word being typed at the end of a query, and the query after a completion is picked. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from movietag.search.query.nodes import WORD

_LAST: Final = re.compile(rf"(?P<word>{WORD})\Z")
_QUOTED: Final = re.compile(r"\"(?P<word>(?:\\.|[^\"\\])*)\Z", re.DOTALL)
_JOINING: Final = frozenset({"and", "or", "not"})
_AFTER_VALUE: Final = (":", ">", "<", "=")


@dataclass(frozen=True, slots=True)
class Typing:
    """The word at the end of a query, and the text before it."""

    before: str
    word: str

    def picked(self, condition: str) -> str:
        """The query with a condition in place of the word, and a space for the next one."""
        return f"{self.before}{condition} "


def typing(query: str) -> Typing | None:
    """The word being typed at the end of a query; None if it cannot name a tag or title."""
    found = _QUOTED.search(query) if _open_quote(query) else _LAST.search(query)
    if found is None or found["word"].casefold() in _JOINING:
        return None
    before = query[: found.start()]
    if before.rstrip().endswith(_AFTER_VALUE):
        return None
    return Typing(before, found["word"])


def _open_quote(query: str) -> bool:
    """Whether a double quote is open at the end."""
    return re.sub(r"\\.", "", query).count('"') % 2 == 1
