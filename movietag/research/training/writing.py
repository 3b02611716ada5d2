"""Writes the pictures of a data set with their lines, each picture once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from movietag.captioning.pictures import decode_picture
from movietag.errors import PermanentError, UsageError
from movietag.research.training.choosing import Split
from movietag.research.training.stored import METADATA, Line


class ExampleWriter:
    """Writes examples below a folder; ``twice`` counts the pictures that it has left out as repetitions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[bytes] = set()
        self._written: dict[int, int] = {}
        self.twice = 0

    def add(self, split: Split, number: int, data: bytes, line: Line) -> bool:
        """Write a picture unless the very same one was written before, so none is in two splits.

        Args:
            split: its split.
            number: of its movie, folder or file: a movie's pictures are in one folder.
            data: JPEG or PNG.
            line: what is said of it; its ``file_name`` is filled in here.

        Raises:
            UsageError: it cannot be read.
        """
        suffix = _suffix(data, line.origin)
        digest = hashlib.sha256(data).digest()
        if digest in self._seen:
            self.twice += 1
            return False
        self._seen.add(digest)
        count = self._written.get(number, 0)
        self._written[number] = count + 1
        name = f"{number:04}/{count:05}{suffix}"
        path = self._folder / split / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        with (self._folder / split / METADATA).open("ab") as lines:
            lines.write(msgspec.json.encode(msgspec.structs.replace(line, file_name=name)) + b"\n")
        return True


def _suffix(data: bytes, origin: str) -> str:
    """``.jpg`` or ``.png``, according to the content."""
    try:
        decode_picture(data)
    except PermanentError as error:
        raise UsageError(f"{origin}: {error} Remove it, or get it again.") from None
    return ".png" if data.startswith(b"\x89PNG") else ".jpg"
