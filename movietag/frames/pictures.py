"""The pictures of a folder (e.g. product pictures of a shop), as slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from movietag.errors import PermanentError
from movietag.frames.decode import Sight
from movietag.frames.filters import Picture
from movietag.frames.header import picture_size
from movietag.frames.sampling import spread
from movietag.records import SlotDropped

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
LARGEST_PIXELS = 50_000_000
LARGEST_BYTES = 64 << 20

# The reason of its slot reports a broken picture, not stderr. OpenCV 4.14 has moved the function.
getattr(cv2.utils, "logging", cv2).setLogLevel(0)


def list_pictures(folder: Path) -> tuple[Path, ...]:
    """The pictures directly in a folder, by suffix, sorted by name.

    Raises:
        PermanentError: ``not-a-folder``, or ``no-pictures`` if it has none.
    """
    try:
        names = sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise PermanentError(
            "not-a-folder", f"{folder.name} cannot be listed as a folder: {error.strerror}."
        ) from None
    if not names:
        raise PermanentError(
            "no-pictures", f"{folder.name} has no picture (jpg, jpeg, png, webp or bmp)."
        )
    return tuple(names)


def pictures_at(
    folder: Path, pictures: Sequence[Path], slots: int
) -> Iterator[Sight | SlotDropped]:
    """Yield a picture for each slot, or the reason why there is none: ``min(slots, len(pictures))`` in all.

    If there are more pictures than slots, slots are spread evenly. A picture's ``time`` is its index in
    ``pictures``. Dropped are ``too-large`` pictures (more than 50 megapixels by their header, or 64 MiB; they
    are not decoded), ``outside`` (a link that leaves the folder) and ``undecodable`` ones.
    """
    home = folder.resolve()
    for slot, place in enumerate(spread(len(pictures), slots)):
        found = _load(pictures[place], home)
        if isinstance(found, str):
            yield SlotDropped(slot, found)
        else:
            yield Sight(slot, float(place), found, Fraction(1))


def _load(path: Path, home: Path) -> Picture | str:
    """The picture, rotated according to its EXIF data, or the reason why there is none."""
    data = _read(path, home)
    if isinstance(data, str):
        return data
    width, height = picture_size(data) or (0, 0)
    if width * height > LARGEST_PIXELS:
        return "too-large"
    if not width * height:
        return "undecodable"
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        decoded = None
    return "undecodable" if decoded is None else np.asarray(decoded, dtype=np.uint8)


def _read(path: Path, home: Path) -> bytes | str:
    """The file's bytes, or the reason why they are not read."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(home):
            return "outside"
        if not real.is_file():
            return "undecodable"
        return "too-large" if real.stat().st_size > LARGEST_BYTES else real.read_bytes()
    except (OSError, RuntimeError):  # deleted, not readable, or a loop of links
        return "undecodable"
