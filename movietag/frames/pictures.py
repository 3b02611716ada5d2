"""The pictures of a folder (e.g. product pictures of a shop), as slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from movietag.errors import PermanentError
from movietag.frames.filters import Picture
from movietag.frames.listing import files_below
from movietag.frames.sampling import spread
from movietag.frames.sight import Sight
from movietag.records import SlotDropped

READABLE: Final = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k", ".jpx", ".jpf",
))  # fmt: skip
# Pictures, too: each is reported as dropped, instead of a movie that lacks them without a word.
UNREADABLE: Final = frozenset((
    ".jxl", ".svg", ".psd", ".ai", ".eps", ".ico", ".tga", ".dds", ".exr", ".hdr", ".pcx", ".ppm", ".pgm", ".pnm",
    ".xcf", ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw",
))  # fmt: skip
LARGEST_BYTES: Final = 64 << 20


def list_pictures(folder: Path, *, subfolders: bool = False) -> tuple[Path, ...]:
    """The pictures directly in a folder, or in its sub-folders, too, by suffix, sorted by name.

    Raises:
        PermanentError: ``not-a-folder``, or ``no-pictures`` if it has none.
    """
    try:
        entries = files_below(folder) if subfolders else sorted(folder.iterdir())
        names = [one for one in entries if _is_picture(one)]
    except OSError as error:
        raise PermanentError(
            "not-a-folder", f"{folder.name} cannot be listed as a folder: {error.strerror}."
        ) from None
    if not names:
        raise PermanentError(
            "no-pictures",
            f"{folder.name} has no picture (jpg, png, webp, bmp, gif, tif, avif, heic or jp2).",
        )
    return tuple(names)


def _is_picture(path: Path) -> bool:
    """By its name; hidden files are none, such as the companions that macOS writes beside pictures."""
    return path.suffix.lower() in READABLE | UNREADABLE and not path.name.startswith(".")


def pictures_at(
    folder: Path, pictures: Sequence[Path], slots: int
) -> Iterator[Sight | SlotDropped]:
    """Yield a picture for each slot, or the reason why there is none: ``min(slots, len(pictures))`` in all.

    If there are more pictures than slots, slots are spread evenly. A picture's ``time`` is its index in
    ``pictures``. Dropped are ``too-large`` pictures (more than 50 megapixels by their header, or 64 MiB; they
    are not decoded), ``outside`` (a link that leaves the folder), ``unsupported`` (raw files of cameras, drawings
    and others that nothing here reads) and ``undecodable`` ones.
    """
    home = folder.resolve()
    for slot, place in enumerate(spread(len(pictures), slots)):
        found = _load(pictures[place], home)
        if isinstance(found, str):
            yield SlotDropped(slot, found)
        else:
            yield Sight(slot, float(place), found, Fraction(1))


def _load(path: Path, home: Path) -> Picture | str:
    """The picture, upright and opaque, or the reason why there is none."""
    from movietag.frames.loading import load_picture  # noqa: PLC0415  # Pillow: 45 ms

    data = _read(path, home)
    found = load_picture(data) if isinstance(data, bytes) else data
    if isinstance(found, str) and found == "unsupported" and path.suffix.lower() in READABLE:
        return "undecodable"  # it is not what its name says
    return found


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
