"""Video ids: the same video always gets the same id."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from movietag.frames.listing import files_below
from movietag.records import VideoId

LONGEST: Final = 80  # characters: ids go into keys and document ids
_PLAIN: Final = re.compile(
    r"[^|~\x00-\x20\x7f\ud800-\udfff]+"
)  # as VIDEO_ID of movietag.records.bounds


def site_video_id(extractor: str, site_id: str) -> VideoId:
    """``extractor:id`` of a site's video, e.g. ``youtube:dQw4w9WgXcQ``.

    An id that is too long, or invalid in a record, is replaced by a hash.
    """
    if len(extractor) + len(site_id) < LONGEST and _PLAIN.fullmatch(extractor + site_id):
        return VideoId(f"{extractor}:{site_id}")
    name = "".join(_PLAIN.findall(extractor[:40]))
    return VideoId(f"{name}:{_digest(extractor, site_id)}")


def url_video_id(url: str) -> VideoId:
    """``url:`` and 16 hex digits of the URL as the user wrote it."""
    return VideoId(f"url:{_digest(url)}")


def file_video_id(path: Path) -> VideoId:
    """``file:`` and 16 hex digits of a hash of path, size and modification time."""
    return VideoId(f"file:{_digest(str(path), *_stamp(path))}")


def images_video_id(folder: Path, subfolders: bool = False) -> VideoId:
    """``images:`` and 16 hex digits of a hash of path and listing (names, sizes, modification times).

    Args:
        folder: a folder of pictures.
        subfolders: whether those in its sub-folders belong to it.
    """
    entries = files_below(folder) if subfolders else sorted(folder.iterdir())
    files = [path for path in entries if path.is_file()]
    listing = [part for path in files for part in (str(path.relative_to(folder)), *_stamp(path))]
    return VideoId(f"images:{_digest(str(folder), *listing)}")


def _stamp(path: Path) -> tuple[str, str]:
    stat = path.stat()
    return str(stat.st_size), str(stat.st_mtime_ns)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
