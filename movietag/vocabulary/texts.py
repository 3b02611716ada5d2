"""Texts normalised for comparison, split into words, and turned into field names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\w+")
_ASCII = {
    code: chr(code).lower() if _WORD.fullmatch(chr(code)) else " " for code in range(128)
}  # what `normalise` and `_WORD` do to a character of ASCII


def normalise(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def word_list(text: str) -> list[str]:
    """The words of a text, normalised: `Sci-Fi` gives `["sci", "fi"]`.

    A word is a run of letters, digits and ``_``. Plain ASCII, like most captions, takes a separate path that
    gives the same words several times as fast.
    """
    if text.isascii():
        return text.translate(_ASCII).split()
    return _WORD.findall(normalise(text))


def words(text: str) -> tuple[str, ...]:
    """The words of a text, normalised: `Sci-Fi` gives `("sci", "fi")`."""
    return tuple(word_list(text))


@lru_cache(maxsize=10_000)
def field_name(tag: str) -> str:
    """The tag as a field name of an index: `[a-z0-9_]+`, unique for tags that differ."""
    ascii_only = re.sub(r"[^a-z0-9]+", "_", normalise(tag)).strip("_")
    if ascii_only and re.fullmatch(r"[\w\s\-]+", tag, re.ASCII):
        return ascii_only
    digest = hashlib.sha256(normalise(tag).encode()).hexdigest()[:8]
    return f"{ascii_only}_{digest}" if ascii_only else f"tag_{digest}"
