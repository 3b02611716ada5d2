"""The child's side of fetching: one video in, its frames and what became of its slots out.

Each message begins with one byte: ``F``, then slot and time (seconds), then a JPEG; and last ``R``, then
a FetchResult.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from movietag.bounds import Seconds
from movietag.crawl.guard import check_path, check_url, install_network_guard
from movietag.crawl.ids import file_video_id, images_video_id
from movietag.crawl.options import CrawlOptions
from movietag.crawl.sniff import check_video
from movietag.errors import PermanentError
from movietag.records import (
    Record,
    Sampling,
    SlotDropped,
    SlotTime,
    Video,
    VideoId,
    VideoJob,
    decode,
    encode,
)

if TYPE_CHECKING:  # decoders are loaded in the child only, when the download is there
    from movietag.frames.extract import Extraction

FRAME: Final = b"F"
RESULT: Final = b"R"
HEADER: Final = struct.Struct(">Id")  # slot, time


class FetchOrder(Record, frozen=True):
    """A job with the bounds of its download (seconds, bytes)."""

    job: VideoJob
    options: CrawlOptions
    seconds: float
    max_bytes: int


class FetchResult(Record, frozen=True):
    """What a video gave: its length, and each slot either with a frame or dropped."""

    seconds: Seconds
    slots: tuple[SlotTime, ...]
    dropped: tuple[SlotDropped, ...] = ()


def fetch_job(job: bytes) -> Iterator[bytes]:
    """Download or open a video, and yield its frames, then the result. Runs in a child.

    What may be read is checked here again: the job came through a topic.

    Raises:
        PermanentError: as movietag.crawl.guard, download and movietag.frames have it; ``no-frames``.
        SiteError: the site or the network fails now.
    """
    order = decode(FetchOrder, job)
    install_network_guard(order.options.private_hosts, order.options.proxy)
    if order.job.video.source == "images":
        yield from _images(_folder(order), order.job.sampling)
    else:
        yield from _video(_file(order), order.job.sampling)


def _folder(order: FetchOrder) -> Path:
    video = order.job.video
    path = check_path(video.url, map(Path, order.options.roots), "folder")
    _check_unchanged(video, images_video_id(path))
    return path


def _file(order: FetchOrder) -> Path:
    video, options = order.job.video, order.options
    match video.source:
        case "file":
            path = check_path(video.url, map(Path, options.roots), "file")
            _check_unchanged(video, file_video_id(path))
            check_video(path)
            return path
        case "url":
            check_url(video.url, options.sites, options.private_hosts)
        case "search":  # by address: of any site that the search knows
            if not video.url.startswith(("http://", "https://")):
                raise PermanentError("forbidden-url", f"{video.url} is no http or https URL.")
        case other:
            raise PermanentError("bad-record", f"No videos come from {other!r}.")
    from movietag.crawl.download import download  # noqa: PLC0415  # yt-dlp: 0.3 s to load

    return download(video, Path.cwd(), options, seconds=order.seconds, max_bytes=order.max_bytes)


def _check_unchanged(video: Video, now: VideoId) -> None:
    if video.video_id != now:
        raise PermanentError(
            "changed", f"{video.url} changed since it was named; send its title again with refresh."
        )


def _video(path: Path, sampling: Sampling) -> Iterator[bytes]:
    from movietag.frames.extract import extract_video  # noqa: PLC0415  # after the download

    yield from _messages(extract_video(path, sampling))


def _images(folder: Path, sampling: Sampling) -> Iterator[bytes]:
    from movietag.frames.extract import extract_images  # noqa: PLC0415

    yield from _messages(extract_images(folder, sampling))


def _messages(extraction: Extraction) -> Iterator[bytes]:
    slots: list[SlotTime] = []
    for frame in extraction:
        slots.append(SlotTime(frame.slot, frame.time))
        yield FRAME + HEADER.pack(frame.slot, frame.time) + frame.jpeg
    if not slots:
        counts = Counter(dropped.reason for dropped in extraction.dropped)
        said = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
        raise PermanentError("no-frames", f"No frame could be kept: {said or 'it is empty'}.")
    yield RESULT + encode(FetchResult(extraction.seconds, tuple(slots), extraction.dropped))
