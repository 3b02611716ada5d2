"""Opening a video file that may be anything: what is refused, and which of its streams is the video."""

from __future__ import annotations

import os
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, Final

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from movietag.errors import PermanentError
from movietag.frames.dolby import without_base_layer

LONGEST_SIDE: Final = 4096  # pixels, also upright; 4K passes, 8K does not
SHORTEST_SIDE: Final = 2304

# Containers only. Other formats of FFmpeg name further files or addresses to open (playlists), or treat text and
# pictures as video.
_DEMUXERS: Final = "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg"
_COVERS: Final = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_DOLBY: Final = frozenset({"hevc", "av1", "libdav1d"})
_STILLS: Final = frozenset({"mjpeg", "png", "gif", "bmp", "webp", "tiff"})  # codecs of covers

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
av.logging.set_level(None)  # damaged files log hundreds of lines; what matters is raised


def open_container(path: Path, part: BinaryIO | RawIOBase | None = None) -> InputContainer:
    """Open a file, or a part of it, as one of the containers that hold their own data.

    Raises:
        PermanentError: ``not-a-video`` or ``too-large``.
    """
    if not path.is_file():
        raise PermanentError("not-a-video", f"{path.name} is not a file (or no longer exists).")
    if path.stat().st_size == 0:
        raise PermanentError("not-a-video", f"{path.name} is empty (0 bytes).")
    try:
        return av.open(
            part or f"file:{path.resolve()}",
            mode="r",
            metadata_errors="ignore",
            options={"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"},
        )
    except MemoryError:
        raise out_of_memory(path.name) from None
    except UnicodeEncodeError:
        raise PermanentError("not-a-video", f"{path.name!a}: a name that is not UTF-8.") from None
    except (av.FFmpegError, ValueError) as error:
        raise PermanentError(
            "not-a-video",
            f"{path.name} cannot be read as a video ({getattr(error, 'strerror', error)}):"
            " a web page, a picture, a playlist, or a file whose start or index is lost.",
        ) from None


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The stream that a player shows: the default one, else the largest; covers are none.

    Raises:
        PermanentError: ``no-video-stream``, ``no-decoder``, ``not-a-video``, ``too-large``, or
            ``dolby-vision`` (its colours are right with Dolby's own decoders only).
    """
    name = path.name
    streams = [one for one in container.streams.video if not one.disposition & _COVERS]
    if not streams:
        kinds = {
            "a cover picture" if one.type == "video" else one.type for one in container.streams
        }
        held = " and ".join(sorted(kinds)) or "nothing"
        raise PermanentError("no-video-stream", f"{name} has no video; it holds {held} only.")
    stream = max(streams, key=_precedence)
    context = getattr(stream, "codec_context", None)
    if context is None:
        raise PermanentError("no-decoder", f"{name}: there is no decoder for its codec.")
    width, height = context.width, context.height
    if not width or not height:
        raise PermanentError("not-a-video", f"{name}: no picture of its video can be decoded.")
    if max(width, height) > LONGEST_SIDE or min(width, height) > SHORTEST_SIDE:
        raise PermanentError(
            "too-large",
            f"{name} has pictures of {width} x {height}; at most {LONGEST_SIDE} x {SHORTEST_SIDE}"
            " are decoded. Use a smaller version.",
        )
    if context.name in _DOLBY and without_base_layer(path, context.codec_tag):
        raise PermanentError(
            "dolby-vision",
            f"{name} is Dolby Vision of a profile (5) whose pictures have wrong colours without Dolby's own"
            " decoder. Use a version in HDR10 or SDR.",
        )
    return stream


def _precedence(stream: VideoStream) -> tuple[bool, bool, bool, bool, int]:
    """Of several streams the one with the greatest is taken; of equal ones the first."""
    context = getattr(stream, "codec_context", None)
    if context is None:
        return False, False, False, False, 0
    still = context.name in _STILLS
    return (
        bool(context.width and context.height),
        not (still and stream.frames == 1),
        bool(stream.disposition & Disposition.default),
        not still,
        context.width * context.height,
    )


def out_of_memory(name: str) -> PermanentError:
    """The error of a file that does not fit into the memory limit."""
    return PermanentError("too-large", f"{name} needs more memory to decode than the limit.")
