"""Brackets at the end of a title that are none of it: releases, editions, the numerals of film databases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from movietag.rules.reading.words import is_release

_OPEN: Final = "([{（［｛【〔﹙"  # noqa: RUF001
_CLOSE: Final = ")]}）］｝】〕﹚"  # noqa: RUF001
_ROUND: Final = frozenset("(（﹙")  # noqa: RUF001
_NUMERAL: Final = re.compile(r"[IVX]{1,5}")


@dataclass(frozen=True, slots=True)
class Brackets:
    """A pair of brackets: what stands before, in and after it; ``glued``: no blank before it."""

    before: str
    inner: str
    after: str
    round: bool
    glued: bool


def brackets_in(text: str) -> list[Brackets]:
    """The outermost brackets of a text, the last one first. Those without a partner are text."""
    found: list[Brackets] = []
    end, depth = 0, 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] in _CLOSE:
            end, depth = (at, 1) if not depth else (end, depth + 1)
        elif text[at] in _OPEN and depth:
            depth -= 1
            if not depth:
                before, after = text[:at], text[end + 1 :].strip()
                inner, glued = text[at + 1 : end].strip(), before == before.rstrip()
                found.append(Brackets(before.strip(), inner, after, text[at] in _ROUND, glued))
    return found


def last_group(text: str) -> Brackets | None:
    """The brackets with which a text ends, if something stands before them."""
    if text[-1:] not in tuple(_CLOSE):
        return None
    last = next(iter(brackets_in(text)), None)
    return last if last and last.before and not last.after else None


def without_release(text: str) -> str | None:
    """The title before brackets that name a release or an edition, or `edition-…`; None if there are none."""
    last = last_group(text)
    if last is None:
        return None
    edition = last.inner.casefold().startswith("edition-")
    return last.before if edition or is_release(last.inner) else None


def without_numeral(text: str, year: int | None) -> str | None:
    """The title before the numeral that film databases put before the year: `Heat (I) (1995)`."""
    last = last_group(text)
    if year is None or last is None or not last.round or not _NUMERAL.fullmatch(last.inner):
        return None
    return last.before


def without_group_tag(text: str) -> str | None:
    """The title behind the name of who released it, where brackets of a release follow: `[Brackets] Heat [1080p]`."""
    found = re.fullmatch(r"\[(?P<by>[^\[\]]+)\]\s*(?P<rest>[^\s\[(].*)", text)
    if found is None or found["by"].casefold() == "rec":
        return None
    released = any(is_release(group.inner) for group in brackets_in(found["rest"]))
    return found["rest"] if released else None
