"""Record batches as Kafka stores them: the header, parsed without trusting the rest.

Format v2, which every broker has written since 0.11. The checksum covers only the bytes after it; base offset
and size come before it, and the offsets of a damaged batch are trusted only if they fit the log.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, TypeAlias

HEADER = struct.Struct(">qiibIhiqqqhii")
BEFORE_SIZE = 12  # bytes of base offset and size, which the size excludes
MAGIC = 2

Cut: TypeAlias = tuple[bytes, int | None]


class Header(NamedTuple):
    """The fields of a batch's header, which may be damaged."""

    base_offset: int
    size: int  # bytes of the whole batch
    magic: int
    next_offset: int


def header_of(data: bytes, at: int = 0) -> Header | None:
    """The header of the batch that begins at a position; None if too few bytes are left for one."""
    if len(data) - at < HEADER.size:
        return None
    base, size, _, magic, _, _, last, *_ = HEADER.unpack_from(data, at)
    return Header(base, size + BEFORE_SIZE, magic, base + last + 1)


def first_batch(data: bytes, offset: int, end: int) -> Cut:
    """The bytes of the first batch that Kafka returns for ``offset``, and the offset of the next batch.

    The bytes are all of ``data`` if the size is implausible; the offset is None if no plausible batch
    follows. ``end`` is the offset at which the log ends.
    """
    header = header_of(data)
    if header is None or not HEADER.size <= header.size <= len(data):
        return data, None
    following = header_of(data, header.size)
    if following and following.magic == MAGIC and offset < following.base_offset < end:
        return data[: header.size], following.base_offset
    return data[: header.size], None


def behind(data: bytes, offset: int) -> bytes:
    """The bytes after the batches that end before ``offset``; empty if no batch ends there."""
    at = 0
    while (header := header_of(data, at)) and header.size >= HEADER.size:
        at += header.size
        if header.next_offset == offset:
            return data[at:]
    return b""
