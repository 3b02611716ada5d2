"""The title that a dead letter is about, as far as its document says it. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from movietag.documents import LetterBody

_TITLE: Final = re.compile(r'"title"\s*:\s*("(?:[^"\\]|\\.)*")')


def letter_title(letter: LetterBody) -> str:
    """The title in its message, whole or cut off; else the movie's id, else the beginning of the message."""
    return title_in_preview(letter.preview) or letter.movie_id or letter.preview.strip()


def title_in_preview(preview: str) -> str:
    """The first title in a payload that is JSON, of which only the beginning may be known; empty if it has none."""
    if not preview.lstrip().startswith(("{", "[")):
        return ""
    found = _TITLE.search(preview)
    try:
        return msgspec.json.decode(found[1], type=str) if found else ""
    except msgspec.DecodeError:
        return ""
