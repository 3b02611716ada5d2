"""Cutting a clip out of a video file: its packets are copied where a keyframe begins it, else it is encoded again.

A clip is an MP4. Copied video is as it was; encoded video is H.264, at most 1920 x 1080, upright. Runs in a child
(``clip_job``): the file may be anything.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from movietag.crawl.sniff import check_video
from movietag.errors import PermanentError
from movietag.frames.keyframes import Finder
from movietag.frames.opening import open_container, video_stream
from movietag.frames.video import OpenVideo
from movietag.playing.clip_streams import CopiedClip, EncodedClip, FilePart
from movietag.records import Record, decode

COPIED: Final = b"copied"
ENCODED: Final = b"encoded"
NEAR: Final = 0.05  # seconds between a clip's start and a keyframe within which packets are copied
CLIP_NAME: Final = "clip.mp4"
PIECE: Final = 1 << 20  # bytes of a message
WITHOUT_TIMES: Final = (
    "avi",
    "flv",
    "mpeg",
)  # containers whose packets may not say when they are shown
COPIED_CODECS: Final = frozenset({"h264", "hevc", "av1", "libdav1d", "vp9", "mpeg4"})


class ClipOrder(Record, frozen=True):
    """Which part of a file to cut out: ``start`` and ``end`` in seconds from its first frame."""

    path: str
    start: float
    end: float


def clip_job(job: bytes) -> Iterator[bytes]:
    """Yield how the clip was made, then its bytes in pieces. Runs in a child, in a folder of its own.

    Raises:
        PermanentError: the file is not a video (movietag.frames.opening); ``no-frames``: the part is empty;
            ``not-cut``: FFmpeg fails on it.
    """
    order = decode(ClipOrder, job)
    path = Path(order.path)
    check_video(path)
    try:
        yield _cut(path, order, Path(CLIP_NAME))
    except av.FFmpegError as error:
        if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC):
            raise OSError(error.errno, error.strerror) from None
        raise PermanentError("not-cut", f"{path.name} cannot be cut: {error.strerror}.") from None
    with Path(CLIP_NAME).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _cut(path: Path, order: ClipOrder, out: Path) -> bytes:
    part = _part(path, order)
    with open_container(path) as source:
        stream = video_stream(source, path)
        copies = (
            abs(part.key * part.base - part.first) <= NEAR
            and stream.codec_context.name in COPIED_CODECS
            and source.format.name not in WITHOUT_TIMES
        )
        make = CopiedClip if copies else EncodedClip
        with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as target:
            make(source, stream, target, part).run()
    return COPIED if copies else ENCODED


def _part(path: Path, order: ClipOrder) -> FilePart:
    """The part on the clock of the file."""
    video = OpenVideo(path)
    try:
        origin, seconds = video.start * video.base, video.seconds
        if order.start >= seconds:
            raise PermanentError(
                "no-frames", f"{path.name} has {seconds:.1f} s: it ends before the clip begins."
            )
        found = Finder(video).find(0, order.start + NEAR)
        if found.key_stamp is None:
            raise PermanentError("no-frames", "No picture of the clip can be decoded.")
        end = origin + Fraction(min(order.end, seconds))
        first = origin + Fraction(order.start)
        return FilePart(video.base, found.key_stamp, found.since, first, end)
    finally:
        video.close()
