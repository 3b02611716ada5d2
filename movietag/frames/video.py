"""An open video file: its packets by time, its decoder, its length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias

import av
from av.packet import Packet
from av.video.stream import VideoStream

from movietag.errors import PermanentError
from movietag.frames.clock import PacketTime, StreamClock, read_clock
from movietag.frames.extent import MAX_SCAN, Extent, extent, stamp
from movietag.frames.joined import Span, SpansFile
from movietag.frames.opening import (
    LONGEST_SIDE,
    SHORTEST_SIDE,
    open_container,
    out_of_memory,
    video_stream,
)

MAX_ERRORS: Final = 32  # read errors in one pass through a file
_RESTARTING: Final = (
    "mpegts",
    "mpeg",
)  # containers that are joined by writing one behind the other


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """A video as displayed: upright, with square pixels. ``format`` is FFmpeg's container name."""

    seconds: float
    width: int
    height: int
    format: str


VideoPacket: TypeAlias = "Packet[VideoStream]"  # not subscriptable when run


class OpenVideo:
    """An open video file, or a part of one: its packets by time, its decoder, its length.

    Times are in units of the stream's time base, on one clock also where the file's begins again; ``start`` is
    that of the first frame that can be decoded. ``seconds`` is the length of what there is of the video stream,
    ``claimed`` the length that it should have; they differ where the file is cut off.

    Raises:
        PermanentError: ``not-a-video`` (FFmpeg cannot read it, or it is not a regular file),
            ``no-video-stream`` (audio only; cover art is not a video), ``no-decoder``, ``dolby-vision`` or
            ``too-large`` (more than 4096 x 2304 pixels, or more memory than there is).
    """

    def __init__(self, path: Path, spans: Sequence[Span] = ()) -> None:
        self.name = path.name
        self._joined = SpansFile(path, spans) if spans else None
        self._container = open_container(path, self._joined)
        self._clock: StreamClock | None = None
        self._first_aspect: Fraction | None = None
        self._aspects: dict[
            int, Fraction
        ] = {}  # of frames that differ from what the container says
        try:
            self.stream = video_stream(self._container, path)
            self.decoder = self.stream.codec_context
            self.decoder.thread_count = 1  # more would buffer frames until a flush
            self.decoder.options = {"max_pixels": str(LONGEST_SIDE * SHORTEST_SIDE)}
            base = self.stream.time_base
            if base is None:
                raise PermanentError("not-a-video", f"{self.name}: its video has no time base.")
            self.base: Fraction = base
            self.start, end, self.claimed = self._extent()
            self.seconds = float((end - self.start) * base)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; its frames remain valid."""
        self._container.close()
        if self._joined is not None:
            self._joined.close()

    @property
    def format(self) -> str:
        """FFmpeg's name of the container, e.g. ``mpegts``."""
        return self._container.format.name

    @property
    def pixel_aspect(self) -> Fraction:
        """Width of a coded pixel divided by its height, as the container says."""
        return self.stream.sample_aspect_ratio or Fraction(1)

    def note_aspect(self, packet: VideoPacket | None) -> None:
        """Remember the pixels' aspect that the decoder reads from a packet: it may change in the stream."""
        told = self.decoder.sample_aspect_ratio
        if packet is None or not told:
            return
        self._first_aspect = self._first_aspect or told
        if told != self._first_aspect:
            self._aspects[stamp(packet) or 0] = told

    def aspect_of(self, time: int) -> Fraction:
        """Width of a coded pixel divided by its height, of the frame shown at a time."""
        return self._aspects.get(time, self.pixel_aspect)

    def packets(self, since: int | None = None) -> Iterator[VideoPacket]:
        """Packets in file order, from about ``since`` (usually the keyframe before it) to the end.

        Without ``since`` from the start of the file. The decoder is flushed. Read errors are skipped.
        """
        if not self._seek(since):
            return
        packets = self._read()
        yield from packets if self._clock is None else self._on_one_clock(packets)

    def _read(self) -> Iterator[VideoPacket]:
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

    def _on_one_clock(self, packets: Iterable[VideoPacket]) -> Iterator[VideoPacket]:
        pos = 0
        for packet in packets:
            pos = pos if packet.pos is None or packet.pos < pos else packet.pos
            offset = self._clock.offset_at(pos) if self._clock else 0
            if packet.pts is not None:
                packet.pts += offset
            if packet.dts is not None:
                packet.dts += offset
            yield packet

    def _seek(self, since: int | None) -> bool:
        if self._clock is not None:
            byte = 0 if since is None else self._clock.byte_before(since)
            return self._seek_byte(byte) or self._seek_byte(0)
        places = (self.start,) if since is None else (since, max(since, self.start), self.start)
        for place in places:
            try:
                self._container.seek(place, stream=self.stream)
            except av.FFmpegError:
                continue  # some containers refuse times outside their index
            return True
        return False

    def _seek_byte(self, byte: int) -> bool:
        try:
            self._container.seek(byte, stream=self.stream, unsupported_byte_offset=True)
        except av.FFmpegError:
            return False
        return True

    def _extent(self) -> Extent:
        self.start = self.stream.start_time or 0
        if self.format not in _RESTARTING:
            return extent(self._container, self.stream, self._whole_or_since)
        times = (
            PacketTime(stamp(one) or 0, one.dts, one.duration or 0, one.pos, one.is_keyframe)
            for one in islice(self._read(), MAX_SCAN)
        )
        self._clock = read_clock(times, max(1, round(1 / self.base)))
        end = self._clock.end
        if end is None:
            raise PermanentError("not-a-video", f"{self.name}: no picture of its video was found.")
        start = self._clock.start
        return Extent(start, end, float((end - start) * self.base))

    def _whole_or_since(self, since: int | None) -> Iterator[VideoPacket]:
        """The packets for ``extent``: the file is at its start when it asks for all of them first."""
        return self._read() if since is None else self.packets(since)
