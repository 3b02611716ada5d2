"""Numbers of counted images as people write them: `images:0`, `images:1..49`, `images>=50`. Pure."""

from __future__ import annotations

import re
from typing import Final

from movietag.search.query.nodes import ImageCount

_END: Final = r"(?=[\s()&|,;]|$)"
_SPAN: Final = r"\d{1,9}\s*(?:\.\.+|-)\s*\d{1,9}|(?:\.\.+|-)\d{1,9}|\d{1,9}(?:\.\.+|-|\+)|\d{1,9}"
IMAGES_CONDITION: Final = (
    rf"(?:images?|frames)\s*(?::+\s*[<>=]{{0,2}}|=[<>]|=+|[<>]=?)\s*(?:{_SPAN}){_END}"
)
"""A condition on the number of images, as a pattern; ``images_condition`` reads it."""
_CONDITION: Final = re.compile(
    rf"(?:images?|frames)\s*:*\s*(?P<sign>[<>=]*)\s*(?P<span>{_SPAN})", re.IGNORECASE
)
_RANGE: Final = re.compile(r"(?P<first>\d+)?\s*(?:\.\.+|-|\+)\s*(?P<last>\d+)?")


def images_condition(text: str) -> ImageCount:
    """The range of a text that ``IMAGES_CONDITION`` matches.

    Raises:
        ValueError: the range is empty; the text says what to write.
    """
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no condition on images: write images:0.")
    span = image_counts_of(parts["span"])
    first, last = span.first or 0, span.last
    match parts["sign"]:
        case ">" if last is not None:
            return ImageCount(last + 1, None)
        case "<" if first:
            return ImageCount(None, first - 1)
        case "<":
            raise ValueError("No movie has fewer than 0 images: write images:0.")
        case ">=" | "=>":
            return ImageCount(first, None)
        case "<=" | "=<":
            return ImageCount(None, last)
        case _:
            return span


def image_counts_of(text: str) -> ImageCount:
    """The range of a text such as `0`, `1..49`, `50..` or `..49`.

    Raises:
        ValueError: it has no number, or the range is empty.
    """
    if re.fullmatch(r"\d{1,9}", text):
        return ImageCount(int(text), int(text))
    match = _RANGE.fullmatch(text)
    if not match or not (match["first"] or match["last"]):
        raise ValueError(
            "images: takes a number of images, or a range: 0 (none is counted yet), 1..49, 50.., ..49."
        )
    first, last = (int(match[end]) if match[end] else None for end in ("first", "last"))
    if first is not None and last is not None and first > last:
        raise ValueError(f"The range {text} is empty: write {last}..{first}.")
    return ImageCount(first, last)
