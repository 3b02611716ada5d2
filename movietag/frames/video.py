"""Opening a video file that may be anything: what is refused, its length, its display size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from movietag.errors import PermanentError

LONGEST_SIDE, SHORTEST_SIDE = 4096, 2304  # pixels, also upright; 4K passes, 8K does not
MAX_ERRORS = 32  # read errors in one pass through a file
MAX_SCAN = 2_000_000  # packets read from a file without a length

# Containers only. Other formats of FFmpeg name further files or addresses to open (playlists), or treat text and
# pictures as video.
_DEMUXERS = "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg"
_COUNTED_FROM_ZERO = ("matroska,webm", "flv")  # their length includes the time before the start

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
av.logging.set_level(None)  # damaged files log hundreds of lines; what matters is raised


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """A video as displayed: upright, with square pixels. ``format`` is FFmpeg's container name."""

    seconds: float
    width: int
    height: int
    format: str


VideoPacket: TypeAlias = "Packet[VideoStream]"  # not subscriptable when run


class OpenVideo:
    """An open video file: its packets by time, its decoder, its length.

    Times are in units of the stream's time base, as in the file; ``start`` is that of the
    first frame. ``seconds`` is the length of the video stream.

    Raises:
        PermanentError: ``not-a-video`` (FFmpeg cannot read it, or it is not a regular file),
            ``no-video-stream`` (audio only; cover art is not a video), ``no-decoder`` or
            ``too-large`` (more than 4096 x 2304 pixels, or more memory than there is).
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._container = _open(path)
        try:
            self.stream = _video_stream(self._container, self.name)
            self.decoder = self.stream.codec_context
            self.decoder.thread_count = 1  # more would buffer frames until a flush
            self.decoder.options = {"max_pixels": str(LONGEST_SIDE * SHORTEST_SIDE)}
            base = self.stream.time_base
            if base is None:
                raise PermanentError("not-a-video", f"{self.name}: its video has no time base.")
            self.base: Fraction = base
            self.start = _start(self._container, self.stream, base)
            self.seconds = self._length()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; its frames remain valid."""
        self._container.close()

    @property
    def format(self) -> str:
        """FFmpeg's name of the container, e.g. ``mpegts``."""
        return self._container.format.name

    @property
    def pixel_aspect(self) -> Fraction:
        """Width of a coded pixel divided by its height."""
        return self.stream.sample_aspect_ratio or Fraction(1)

    def packets(self, since: int | None = None) -> Iterator[VideoPacket]:
        """Packets in file order, from about ``since`` (usually the keyframe before it) to the end.

        The decoder is flushed. Read errors are skipped.
        """
        if since is not None and not self._seek(since):
            return
        packets = self._container.demux(self.stream)
        errors = 0
        while errors < MAX_ERRORS:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except MemoryError:
                raise out_of_memory(self.name) from None
            except av.FFmpegError:
                errors += 1
                packets = self._container.demux(self.stream)
                continue
            if not packet.size and packet.dts is None:
                return  # PyAV's mark of the end
            if stamp(packet) is not None:
                yield packet

    def _seek(self, since: int) -> bool:
        for place in (since, max(since, self.start), self.start):
            try:
                self._container.seek(place, stream=self.stream)
            except av.FFmpegError:
                continue  # some containers refuse times outside their index
            return True
        return False

    def _length(self) -> float:
        if self.stream.duration and self.stream.duration > 0:
            return float(self.stream.duration * self.base)
        if self._container.duration and self._container.duration > 0:
            seconds = self._container.duration / av.time_base
            if self.format in _COUNTED_FROM_ZERO:
                seconds -= max(0.0, float(self.start * self.base))
            if seconds > 0:
                return seconds
        return self._scan()

    def _scan(self) -> float:
        end = self.start
        for _, packet in zip(range(MAX_SCAN), self.packets(), strict=False):
            end = max(end, (stamp(packet) or 0) + (packet.duration or 0))
        return float((end - self.start) * self.base)


def stamp(packet: VideoPacket) -> int | None:
    """The presentation time of a packet's frame; old containers have only its decoding time."""
    return packet.dts if packet.pts is None else packet.pts


def out_of_memory(name: str) -> PermanentError:
    """The error of a file that does not fit into the memory limit."""
    return PermanentError("too-large", f"{name} needs more memory to decode than the limit.")


def _open(path: Path) -> InputContainer:
    if not path.is_file():
        raise PermanentError("not-a-video", f"{path.name} is not a file (or no longer exists).")
    if path.stat().st_size == 0:
        raise PermanentError("not-a-video", f"{path.name} is empty (0 bytes).")
    try:
        return av.open(
            f"file:{path.resolve()}",
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


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [one for one in container.streams.video if not one.disposition & covers]
    if not streams:
        kinds = {
            "a cover picture" if one.type == "video" else one.type for one in container.streams
        }
        held = " and ".join(sorted(kinds)) or "nothing"
        raise PermanentError("no-video-stream", f"{name} has no video; it holds {held} only.")
    stream = streams[0]
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
    return stream


def _start(container: InputContainer, stream: VideoStream, base: Fraction) -> int:
    if stream.start_time is not None:
        return stream.start_time
    return round((container.start_time or 0) / (av.time_base * base))
