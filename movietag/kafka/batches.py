"""Record batches as they lie in Kafka: the header, which is read without trusting the rest.

Format v2, which every broker has written since 0.11. The checksum covers what comes after it; base offset
and size come before it, and the offsets of a damaged batch are believed only where they fit the log.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, TypeAlias

HEADER = struct.Struct(">qiibIhiqqqhii")
BEFORE_SIZE = 12  # bytes of base offset and size, which the size does not count
MAGIC = 2

Cut: TypeAlias = tuple[bytes, int | None]


class Header(NamedTuple):
    """What the header of a batch says, true or not."""

    base_offset: int
    size: int  # bytes of the whole batch
    magic: int
    next_offset: int


def header_of(data: bytes, at: int = 0) -> Header | None:
    """The header of the batch that begins at a position; None where there is no room for one."""
    if len(data) - at < HEADER.size:
        return None
    base, size, _, magic, _, _, last, *_ = HEADER.unpack_from(data, at)
    return Header(base, size + BEFORE_SIZE, magic, base + last + 1)


def first_batch(data: bytes, offset: int, end: int) -> Cut:
    """The first batch of what Kafka gives for ``offset``, and the offset of the batch behind it.

    The bytes are all of ``data`` where the size cannot be believed; the offset is None where no
    believable batch follows. ``end`` is the offset at which the log ends.
    """
    header = header_of(data)
    if header is None or not HEADER.size <= header.size <= len(data):
        return data, None
    behind = header_of(data, header.size)
    fits = behind is not None and behind.magic == MAGIC and offset < behind.base_offset < end
    return data[: header.size], behind.base_offset if behind is not None and fits else None


def behind(data: bytes, offset: int) -> bytes:
    """What lies behind the batches that end before ``offset``; nothing if they do not lead there."""
    at = 0
    while (header := header_of(data, at)) and header.size >= HEADER.size:
        at += header.size
        if header.next_offset == offset:
            return data[at:]
    return b""
