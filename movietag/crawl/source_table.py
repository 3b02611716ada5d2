"""All sources of videos in one table: how a title names them, and how their videos are checked and fetched.

A new source is a ``SourceKind`` and a row here; CONTRIBUTING.md lists what else it takes.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from movietag.crawl.guard import check_path, check_url
from movietag.crawl.ids import file_video_id, images_video_id, url_video_id
from movietag.errors import PermanentError
from movietag.records import SourceKind, Sources, Video, VideoId

if TYPE_CHECKING:  # a child needs no settings, and starts faster without them
    from movietag.settings import Settings


@dataclass(frozen=True, slots=True)
class SiteSource:
    """Videos that are downloaded from a site.

    Attributes:
        kind: its name on the wire.
        named: the addresses in a title; none for videos that a search finds.
        check: refuses an address, by the allowed sites and private hosts. It is also called in the child that
            downloads, since a job comes through a topic.
        length_required: whether a video is refused that does not state its length.
    """

    kind: SourceKind
    named: Callable[[Sources], tuple[str, ...]]
    check: Callable[[str, Iterable[str], Iterable[str]], None]
    length_required: bool

    def resolve(self, text: str, settings: Settings) -> Video:
        """The video at an address that a title names.

        Raises:
            PermanentError: ``forbidden-url``.
        """
        self.check(text, settings.sites, settings.private_hosts)
        return Video(url_video_id(text), self.kind, text)


@dataclass(frozen=True, slots=True)
class DiskSource:
    """Videos that are read from this machine's disk, below MOVIETAG_ROOTS.

    Attributes:
        kind: its name on the wire.
        named: the paths in a title.
        what: what is at the path.
        video_id: of what is at a path now, with what is in sub-folders or without; raises OSError when it cannot
            be read.
        pictures: whether it is decoded as a folder of pictures, not as a video.
    """

    kind: SourceKind
    named: Callable[[Sources], tuple[str, ...]]
    what: Literal["file", "folder"]
    video_id: Callable[[Path, bool], VideoId]
    pictures: bool

    def resolve(self, text: str, settings: Settings) -> Video:
        """The video at a path that a title names; its title is the file name.

        Raises:
            PermanentError: ``forbidden-path`` or ``missing-path``.
        """
        return self.at(text, settings.roots, settings.subfolders)

    def at(self, text: str, roots: Iterable[Path], subfolders: bool) -> Video:
        """The video at a path now, with what is in sub-folders or without; raises as ``resolve``. Blocks."""
        path = check_path(text, roots, self.what)
        try:
            now = self.video_id(path, subfolders)
            readable = os.access(path, os.R_OK)
        except OSError:  # a folder that may not be listed, or no longer exists
            readable = False
        if not readable:
            raise PermanentError(
                "missing-path",
                f"{text} cannot be read by movietag's account on {socket.gethostname()}.",
            )
        return Video(now, self.kind, str(path), title=path.name)


Source = SiteSource | DiskSource


def _check_scheme(url: str, *_: Iterable[str]) -> None:
    """A search may return any site: the network guard checks where the child connects."""
    if not url.startswith(("http://", "https://")):
        raise PermanentError("forbidden-url", f"{url} is not an http or https URL.")


SOURCES: Final[dict[str, Source]] = {
    source.kind: source
    for source in (
        SiteSource(SourceKind.SEARCH, lambda _: (), _check_scheme, length_required=True),
        SiteSource(SourceKind.URL, lambda named: named.urls, check_url, length_required=False),
        DiskSource(
            SourceKind.FILE,
            lambda named: named.files,
            "file",
            lambda path, _: file_video_id(path),
            False,
        ),
        DiskSource(SourceKind.IMAGES, lambda named: named.images, "folder", images_video_id, True),
    )
}
"""By a video's ``source``; the videos of a title come in this order."""


NOT_HERE: Final = frozenset(("missing-path", "forbidden-path", "changed"))
"""Kinds of errors of a path that another worker may not have."""


def is_on_disk(video: Video) -> bool:
    """Whether a video is read from a disk."""
    return isinstance(SOURCES.get(video.source), DiskSource)


def source_of(video: Video) -> Source:
    """The source of a video.

    Raises:
        PermanentError: ``bad-record``: this version does not know it.
    """
    source = SOURCES.get(video.source)
    if source is None:
        raise PermanentError("bad-record", f"No videos come from {str(video.source)!r}.")
    return source
