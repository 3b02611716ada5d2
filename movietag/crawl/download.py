"""Downloading one video, in a child: a small file, within limits of time and bytes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from movietag.crawl.formats import format_selector
from movietag.crawl.options import CrawlOptions
from movietag.crawl.parts import counting_parts
from movietag.crawl.ranking import LIVE
from movietag.crawl.sniff import check_video
from movietag.crawl.source_table import SOURCES, SiteSource
from movietag.crawl.ytdlp import classify, open_ytdlp, seconds_of
from movietag.errors import PermanentError
from movietag.records import Video


def download_video(
    video: Video, folder: Path, options: CrawlOptions, *, seconds: float, max_bytes: int
) -> Path:
    """Download a video into ``folder`` and return the file, whose first bytes are those of a video.

    Raises:
        PermanentError: ``live``, ``no-length``, ``too-slow``, ``too-large``, ``not-a-video``, ``incomplete``, and the errors
            that ``classify`` attributes to the video.
        SiteError, MachineError: those that it attributes to the site, the network or this machine.
    """
    name = uuid.uuid4().hex  # titles can be too long for file names
    with (
        counting_parts() as parts,
        open_ytdlp(
            options,
            format=format_selector(max_bytes),
            outtmpl=str(folder / f"{name}.%(ext)s"),
            overwrites=True,
            continuedl=False,
            updatetime=False,
            check_formats=None,
            fixup="never",
            extract_flat="in_playlist",
            match_filter=_reject(video),
            progress_hooks=[_bounds(time.monotonic() + seconds, seconds, max_bytes)],
        ) as ydl,
    ):
        try:
            info = ydl.extract_info(video.url, download=True)
        except Exception as error:
            raise classify(error, ydl.params["logger"]) from error
    parts.check(video.url)
    path = _file_of(info, video)
    check_video(path)
    return path


def _file_of(info: Mapping[str, Any] | None, video: Video) -> Path:
    """The file that was written; an info without one would look like success."""
    if info and info.get("_type", "video") != "video":
        raise PermanentError(
            "not-a-video", f"{video.url} is a list of videos; name the URL of one of them."
        )
    downloads = (info or {}).get("requested_downloads") or [{}]
    written = downloads[0].get("filepath")
    if not written or not Path(written).is_file():
        raise PermanentError("not-a-video", f"{video.url} yielded no file.")
    return Path(written)


def _reject(video: Video) -> Callable[..., None]:
    """A check that ends the download of an endless stream; yt-dlp calls it before the first byte."""
    source = SOURCES.get(video.source)

    def check(info: Mapping[str, Any], *_: Any, **__: Any) -> None:
        if info.get("is_live") or info.get("live_status") in LIVE:
            raise PermanentError("live", f"{video.url} is live or not yet released.")
        unknown = video.seconds is None and seconds_of(info) is None
        if unknown and isinstance(source, SiteSource) and source.length_required:
            raise PermanentError("no-length", f"{video.url} has no known length.")

    return check


def _bounds(deadline: float, seconds: float, max_bytes: int) -> Callable[[Mapping[str, Any]], None]:
    def check(progress: Mapping[str, Any]) -> None:
        got = progress.get("downloaded_bytes") or 0
        size = max(got, progress.get("total_bytes") or 0)
        if size > max_bytes:
            known = f"{size:,} bytes" if size > got else f"more than {max_bytes:,} bytes"
            raise PermanentError(
                "too-large",
                f"It has {known}; at most {max_bytes:,} are accepted (MOVIETAG_FETCH_BYTES).",
            )
        if time.monotonic() > deadline:
            raise PermanentError(
                "too-slow",
                f"{got:,} bytes arrived in {seconds:.0f} s; the deadline of a video is set by"
                " MOVIETAG_FETCH_SECONDS.",
            )

    return check
