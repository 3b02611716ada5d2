"""What a file is by its first bytes, before a decoder may read it.

Decoders follow references: a text file of the right form (a playlist) can name other files and addresses. So only
containers that hold their own data are accepted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from movietag.errors import PermanentError

_HEAD: Final = 512
_MP4_BOXES: Final = (
    b"ftyp",
    b"moov",
    b"mdat",
    b"free",
    b"skip",
    b"wide",
    b"pnot",
    b"styp",
    b"sidx",
)
_STARTS: Final = (
    (b"\x1a\x45\xdf\xa3", "matroska"),  # webm too
    (b"FLV", "flv"),
    (b"OggS", "ogg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),  # wmv
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x00\x00\x01\xb3", "mpeg"),
)


def check_video(path: Path) -> str:
    """Name the container of a downloaded or local file.

    Raises:
        PermanentError: ``not-a-video``; the text says what the file seems to be.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    container = container_of(head)
    if container is None:
        raise PermanentError("not-a-video", f"{path.name} is not a video: it is {_seems(head)}.")
    return container


def container_of(head: bytes) -> str | None:
    """The container that begins with these bytes, or None."""
    if head[4:8] in _MP4_BOXES:
        return "mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    # A transport stream has its sync byte every 188 bytes; with time codes, after 4 of every 192.
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return "mpegts"
    if head[4:5] == b"\x47" and head[196:197] == b"\x47" and head[388:389] == b"\x47":
        return "mpegts"
    return next((name for start, name in _STARTS if head.startswith(start)), None)


def _seems(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "empty"
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return "a web page"
    if text.startswith((b"#extm3u", b"ffconcat", b"[playlist]")):
        return "a list of other files"
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return "a picture (folders of pictures go into `images`)"
    if head.startswith((b"ID3", b"fLaC", b"RIFF")):
        return "a sound file"
    return "of an unknown type"
