"""Requests for a part of a file (RFC 9110, section 14). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``first`` to ``last`` of a file; ``partial``: asked for as a part."""

    first: int
    last: int
    partial: bool

    @property
    def length(self) -> int:
        """The number of bytes."""
        return self.last - self.first + 1

    def at_most(self, most: int) -> ByteRange:
        """The same part, cut to its first bytes if it is longer: a player asks for the rest."""
        return ByteRange(self.first, min(self.last, self.first + most - 1), self.partial)


def requested_range(headers: Mapping[str, str], size: int, tag: str) -> ByteRange | None:
    """The part that a request asks for; None: the file has no such part.

    The whole file where the header is missing, malformed or names several parts, or is meant for another version of
    the file (``If-Range``).
    """
    whole = ByteRange(0, size - 1, partial=False)
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or headers.get("if-range", tag) != tag:
        return whole
    first, last = found.groups()
    if not first:
        if not last:
            return whole
        length = min(int(last), size)
        return ByteRange(size - length, size - 1, partial=True) if length else None
    if last and int(last) < int(first):
        return whole
    if int(first) >= size:
        return None
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1, partial=True)
