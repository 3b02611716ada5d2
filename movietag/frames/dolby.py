"""Dolby Vision: does a file's picture mean anything without Dolby's decoder?

The configuration record (Dolby Vision Streams Within the ISO Base Media File Format, 3.2) is the box ``dvcC`` or
``dvvC`` of MP4, and the same bytes in a Matroska track.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_TAGS: Final = frozenset({"dvh1", "dvhe", "dav1"})
_BOXES: Final = (b"dvcC", b"dvvC", b"dvwC")
_EXTRA: Final = b"\x41\xed"  # Matroska's BlockAddIDExtraData, which follows the name of the box
_LOOK: Final = 8 << 20  # bytes at each end of a file, where headers are
_OWN: Final = frozenset({5, 10})  # profiles that may come without a base layer for other decoders
_RECORD: Final = 5  # bytes of the record that are read


def without_base_layer(path: Path, tag: str) -> bool:
    """Whether the pictures are in Dolby's own colours only: profile 5, or 10 without compatibility.

    Args:
        path: a readable file.
        tag: of the codec, as the container names it.
    """
    found = next((one for data in _headers(path) if (one := _record(data))), None)
    if found is None:
        return tag in _TAGS  # other profiles name the codec of their base layer
    profile, compatible = found[2] >> 1, found[4] >> 4
    return profile == 5 or (profile in _OWN and compatible == 0)


def _headers(path: Path) -> tuple[bytes, ...]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        first = file.read(_LOOK)
        if size <= _LOOK:
            return (first,)
        file.seek(max(_LOOK, size - _LOOK))
        return first, file.read(_LOOK)


def _record(data: bytes) -> bytes | None:
    """The first record; picture data may hold the letters by chance, so its version is checked."""
    for box in _BOXES:
        at = data.find(box)
        while at >= 0:
            body = data[at + 4 : at + 4 + 3 + _RECORD]
            if body[:2] == _EXTRA:
                body = body[3:]
            if len(body) >= _RECORD and body[0] in {1, 2, 3} and body[1] == 0:
                return body
            at = data.find(box, at + 1)
    return None
