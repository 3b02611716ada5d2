"""The two ways of making a clip: its packets are copied, or its frames are encoded again; and its sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any, Final

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from movietag.errors import PermanentError
from movietag.frames.extent import stamp
from movietag.playing.clip_sound import ClipSound, shift
from movietag.playing.scaling import Scaler

X264: Final = {"preset": "veryfast", "crf": "20"}
BACK: Final = (0, 2, 10, 60, 600)  # seconds by which a seek that lands too late is repeated earlier
BEYOND: Final = 2  # seconds behind the end in which packets of the clip may still come


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a file: seconds ``first`` to ``end`` of its clock.

    ``key`` is the time of the keyframe before it, ``since`` where to seek to meet it, both in units of ``base``.
    """

    base: Fraction
    key: int
    since: int
    first: Fraction
    end: Fraction


class _Clip:
    """What both ways of making a clip share."""

    def __init__(
        self, source: InputContainer, stream: VideoStream, target: OutputContainer, part: FilePart
    ) -> None:
        self.source, self.stream, self.target, self.part = source, stream, target, part
        self.audio = source.streams.audio[:1]

    def sound(self) -> ClipSound | None:
        """The sound of the file's first audio stream, if there is a decoder for it."""
        known = [one for one in self.audio if getattr(one, "codec_context", None) is not None]
        return ClipSound(known[0], self.target) if known else None

    def packets(self) -> Iterator[Packet[Any]]:
        """Packets of video, from the keyframe on, and of sound, to some time after the end."""
        self._seek()
        started = False
        for packet in self.source.demux([self.stream, *self.audio]):
            shown = stamp(packet)
            time = shown if packet.dts is None else packet.dts
            if shown is None or time is None:
                continue
            if packet.stream.type == "video":
                started = started or (packet.is_keyframe and shown == self.part.key)
            base = packet.time_base or self.part.base
            if time * base > self.part.end + BEYOND:
                return
            if started or packet.stream.type == "audio":
                yield packet

    def _seek(self) -> None:
        """Seek to before the keyframe: transport streams have no index, and a seek may land too late."""
        for seconds in BACK:
            since = self.part.since - round(seconds / self.part.base)
            self.source.seek(since, stream=self.stream)
            packets = map(stamp, self.source.demux(self.stream))
            shown = next((one for one in packets if one is not None), None)
            self.source.seek(since, stream=self.stream)
            if shown is not None and shown <= self.part.key:
                return


class CopiedClip(_Clip):
    """A clip of copied packets, from the keyframe on."""

    def run(self) -> None:
        """Write the clip."""
        part = self.part
        out = self.target.add_stream_from_template(self.stream, opaque=True)
        sound = self.sound()
        first = part.key * part.base
        for packet in self.packets():
            shown = stamp(packet)
            if packet.stream.type == "audio":
                if sound is not None:
                    sound.take(packet, first, part.end)
            # Frames that follow the keyframe but are shown before it refer to what is not copied.
            elif shown is not None and shown >= part.key and _read(packet) * part.base < part.end:
                shift(packet, first, part.base)
                packet.stream = out
                self.target.mux(packet)
        if sound is not None:
            sound.finish()


class EncodedClip(_Clip):
    """A clip of frames that are decoded and encoded again."""

    def run(self) -> None:
        """Write the clip.

        Raises:
            PermanentError: ``no-frames``: none of its frames can be decoded.
        """
        scaler = Scaler(self.stream)
        out: Any = None
        sound: ClipSound | None = None
        first = self.part.first
        early: list[Packet[Any]] = []  # sound, until the size of the video is known
        for packet in chain(self.packets(), (None,)):
            if packet is not None and packet.stream.type == "audio":
                early.append(packet)
            else:
                for shown, frame in self._decoded(packet):
                    picture = scaler.scaled(frame)
                    if out is None:
                        first = shown * self.part.base
                        out, sound = self._stream_like(picture), self.sound()
                    self._encode(out, picture, shown - round(first / self.part.base))
            if sound is not None:
                for one in early:
                    sound.take(one, first, self.part.end)
                early.clear()
        if out is None:
            raise PermanentError("no-frames", "No picture of the clip can be decoded.")
        self.target.mux(out.encode(None))
        if sound is not None:
            sound.finish()

    def _decoded(self, packet: Packet[Any] | None) -> Iterator[tuple[int, VideoFrame]]:
        """The frames of a packet that lie in the clip, with their times; those held back for None."""
        try:
            frames = self.stream.codec_context.decode(packet)
        except av.FFmpegError:
            return  # a damaged frame; the next ones may be whole
        for frame in frames:
            shown = frame.dts if frame.pts is None else frame.pts
            if shown is not None and self.part.first <= shown * self.part.base < self.part.end:
                yield shown, frame

    def _stream_like(self, picture: VideoFrame) -> Any:
        out = self.target.add_stream("libx264", rate=self.stream.average_rate or 25, options=X264)
        out.width, out.height, out.pix_fmt = picture.width, picture.height, "yuv420p"
        out.codec_context.time_base = self.part.base
        return out

    def _encode(self, out: Any, picture: VideoFrame, pts: int) -> None:
        picture.pts, picture.time_base = pts, self.part.base
        picture.pict_type = PictureType.NONE  # the encoder decides anew
        self.target.mux(out.encode(picture))


def _read(packet: Packet[Any]) -> int:
    """When a packet is decoded; some containers do not say so."""
    return packet.dts if packet.dts is not None else packet.pts or 0
