"""The sound of a clip, and the clock of its packets."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from movietag.frames.extent import stamp

SOUND_COPIED: Final = frozenset({"aac", "mp3", "mp3float", "ac3", "eac3", "opus", "flac", "alac"})
SAMPLES: Final = 1024  # of an AAC frame


class ClipSound:
    """The sound of a clip: copied packets where an MP4 takes them, else AAC."""

    def __init__(self, stream: AudioStream, target: OutputContainer) -> None:
        self._stream, self._target = stream, target
        self._base = stream.time_base or Fraction(1, 1000)
        self._copied = stream.codec_context.name in SOUND_COPIED
        self._rate = stream.codec_context.sample_rate
        self._samples: int | None = None  # encoded so far, from the clip's start on
        self._out: Any
        if self._copied:
            self._out = target.add_stream_from_template(stream, opaque=True)
        else:
            self._out = target.add_stream("aac", rate=self._rate, layout="stereo")
            self._resampler = AudioResampler("fltp", "stereo", self._rate, SAMPLES)

    def take(self, packet: Packet[AudioStream], first: Fraction, end: Fraction) -> None:
        """Add a packet, if it lies in the clip."""
        shown = stamp(packet)
        if shown is None or not first <= shown * self._base < end:
            return
        if self._copied:
            shift(packet, first, self._base)
            packet.stream = self._out
            self._target.mux(packet)
            return
        if self._samples is None:
            self._samples = round((shown * self._base - first) * self._rate)
        for frame in self._stream.codec_context.decode(packet):
            self._encode(self._resampler.resample(frame))

    def finish(self) -> None:
        """Write what the encoder holds back."""
        if self._samples is not None:
            self._encode(self._resampler.resample(None))
            self._target.mux(self._out.encode(None))

    def _encode(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            frame.pts, frame.time_base = self._samples, Fraction(1, self._rate)
            self._samples = (self._samples or 0) + frame.samples
            self._target.mux(self._out.encode(frame))


def shift(packet: Packet[Any], first: Fraction, base: Fraction) -> None:
    """Move a packet to the clock of the clip."""
    offset = round(first / base)
    shown = stamp(packet)
    packet.pts = None if shown is None else shown - offset
    packet.dts = None if packet.dts is None else packet.dts - offset
