"""The text of a query as typed, tidied: said in fewer words, and with joining words and parentheses that join. Pure."""

from __future__ import annotations

import re
from typing import Final

_SHORTER: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (r"\band\s*/\s*or\b", "or"),
        (r"(?<=%)\s*\+(?!\w)", ""),
        (r"(?<=\w)[!?.]+(?=\s|$)", ""),
        (r"\s+at\s+all\b", ""),
        (r"\s+of\s+(?:(?:the|all|its)\s+)?(?:images|frames|pictures|time)\b", ""),
        (r"\b(?:tags\.)?(\w+)\.ratio\b\s*:?", r"\1"),
    )
)
"""What is said in fewer words."""


def tidied(text: str) -> str:
    """The text with what it says in fewer words: `horror in 30% of images` is `horror in 30%`."""
    for pattern, plain in _SHORTER:
        text = pattern.sub(plain, text)
    return text


def with_joints(text: str) -> str:
    """The text without joining words that join nothing, and with as many ( as )."""
    joint = r"(?:and|or|&+|\|+|[,;])"
    text = re.sub(
        rf"^\s*(?:{joint}\s+)+|(?:\s+(?:{joint}|not)|\s*[,;])+\s*$", "", text, flags=re.IGNORECASE
    )
    text = re.sub(r"\((?:\s*\))", "", text)
    text = re.sub(
        r"\b(?:and\s+)*or\s+(?:(?:and|or)\s+)+|\band\s+or\s+", "or ", text, flags=re.IGNORECASE
    )
    text = re.sub(r"\band\s+(?:and\s+)+", "and ", text, flags=re.IGNORECASE)
    return _balanced(text)


def _balanced(text: str) -> str:
    made, opened = [], 0
    for character in text:
        opened += (character == "(") - (character == ")")
        if opened >= 0:
            made.append(character)
        opened = max(opened, 0)
    return "".join(made) + ")" * opened
