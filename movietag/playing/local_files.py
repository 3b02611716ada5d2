"""Video files of this machine that the library knows: which may be read, and reading parts of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.crawl.guard import check_path
from movietag.crawl.ids import file_video_id
from movietag.documents import VideoState
from movietag.errors import PermanentError
from movietag.records import SourceKind

MEDIA_TYPES: Final = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
}
"""What browsers may play, by the end of a file's name; a name says nothing certain, so nothing else is ever sent."""


@dataclass(frozen=True, slots=True)
class LocalVideo:
    """A file below the configured roots that is unchanged since its frames were taken."""

    path: Path

    @property
    def media_type(self) -> str | None:
        """The type as which it is sent; None: no browser plays it."""
        return MEDIA_TYPES.get(self.path.suffix.lower())


def is_local(video: VideoState) -> bool:
    """Whether frames of a video were taken from a file of this machine."""
    return video.source == SourceKind.FILE and video.status == "fetched"


def local_video(url: str, video_id: str, roots: Iterable[Path]) -> LocalVideo:
    """The file at the path ``url`` if it is below a root, and still the one of the video. Blocks.

    Raises:
        PermanentError: ``forbidden-path``, ``missing-path``; ``changed``: its size or time is another now.
    """
    path = check_path(url, roots, "file")
    try:
        now = file_video_id(path)
    except OSError:
        raise _unreadable(path) from None
    if now != video_id:
        raise PermanentError("changed", f"{path.name} has changed since its frames were taken.")
    return LocalVideo(path)


@contextmanager
def open_local(local: LocalVideo) -> Iterator[int]:
    """A descriptor of the file, for reading; its path is walked without following any link. Blocks.

    So a file or folder that is exchanged for a link after the check is refused.

    Raises:
        PermanentError: ``missing-path``: it is no longer a regular file that may be read.
    """
    try:
        descriptor = _walk(local.path)
    except OSError:
        raise _unreadable(local.path) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable(local.path)
        yield descriptor
    finally:
        os.close(descriptor)


def _unreadable(path: Path) -> PermanentError:
    return PermanentError("missing-path", f"{path.name} cannot be read now.")


def _walk(path: Path) -> int:
    """Open an absolute path component by component."""
    folder = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.parts[1:-1]:
            flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            inner = os.open(part, flags, dir_fd=folder)
            os.close(folder)
            folder = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(path.name, flags, dir_fd=folder)
    finally:
        os.close(folder)
