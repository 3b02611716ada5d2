"""The payload of a dead letter in readable form."""

from __future__ import annotations

import msgspec

from movietag.cli.output import plain
from movietag.frames.header import picture_size

MOST_SHOWN = 4_000  # characters of text
MOST_DUMPED = 256  # bytes, sixteen per line


def readable_payload(value: bytes | None) -> str:
    """A payload as indented JSON, text, the size of a picture, or a hex dump of the first bytes."""
    if value is None:
        return "no payload (null)"
    size = picture_size(value)
    if size is not None:
        return f"a picture, {size[0]} x {size[1]}, {len(value):,} bytes"
    text = _text(value)
    if text is None:
        return _dump(value)
    lines = "\n".join(plain(line) for line in text[:MOST_SHOWN].splitlines())
    left = len(text) - MOST_SHOWN
    return lines + (f"\n… and {left:,} characters more; --payload prints all" if left > 0 else "")


def _text(value: bytes) -> str | None:
    """The text of a payload, JSON indented; None if it is not text."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    if any(character < " " and not character.isspace() for character in text):
        return None
    try:
        return msgspec.json.format(value, indent=2).decode() if text[:1] in "{[" else text
    except msgspec.DecodeError:
        return text


def _dump(value: bytes) -> str:
    """The first bytes in the format of `hexdump -C`."""
    rows = [value[at : at + 16] for at in range(0, min(len(value), MOST_DUMPED), 16)]
    lines = [
        f"{number * 16:08x}  {row.hex(' '):47}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        for number, row in enumerate(rows)
    ]
    left = len(value) - MOST_DUMPED
    return "\n".join(lines) + (f"\n… and {left:,} bytes more; --payload prints all" * (left > 0))
