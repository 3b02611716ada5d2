"""Shots to H.264 by PyAV. A shot is encoded once; videos are sequences of shots, without encoding anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags

from movietag.drawn.backdrop import Image
from movietag.drawn.shots import FPS

_CODEC = "libx264"
_OPTIONS = {"preset": "superfast", "crf": "28", "x264-params": "keyint=1000:scenecut=0:bframes=0"}


@dataclass(frozen=True, slots=True)
class EncodedShot:
    """One packet a frame; the first is a keyframe, and no other is."""

    packets: tuple[bytes, ...]


def _configure(codec: av.CodecContext, width: int, height: int) -> av.VideoCodecContext:
    """The same settings for encoding and for the file's header, so that any shots fit together."""
    if not isinstance(codec, av.VideoCodecContext):
        raise TypeError(f"{codec.name} is no codec of pictures.")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, FPS), Fraction(FPS)
    codec.options = dict(_OPTIONS)
    codec.thread_count = 1
    codec.flags |= Flags.global_header
    return codec


def encode_shot(frames: Iterable[Image], width: int, height: int) -> EncodedShot:
    """Encode frames of shape (height, width, 3), BGR; width and height are even."""
    codec = _configure(av.CodecContext.create(_CODEC, "w"), width, height)
    packets: list[bytes] = []
    for number, image in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        frame.pts = number
        packets += [bytes(packet) for packet in codec.encode(frame)]
    packets += [bytes(packet) for packet in codec.encode(None)]
    return EncodedShot(tuple(packets))


def black_shot(frames: int, width: int, height: int) -> EncodedShot:
    """``frames`` black frames."""
    return encode_shot([np.zeros((height, width, 3), np.uint8)] * frames, width, height)


def write_video(path: Path, shots: Sequence[EncodedShot], width: int, height: int) -> None:
    """Write shots one after another into an mp4 (index first); the file appears when complete."""
    part = path.with_suffix(".part")
    with av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream(_CODEC, rate=FPS)
        _configure(stream.codec_context, width, height)
        container.start_encoding()
        time = 0
        for shot in shots:
            for number, data in enumerate(shot.packets):
                packet = av.Packet(data)
                packet.stream = stream
                packet.time_base = Fraction(1, FPS)
                packet.pts = packet.dts = time
                packet.duration = 1
                packet.is_keyframe = number == 0
                container.mux(packet)
                time += 1
    part.replace(path)
