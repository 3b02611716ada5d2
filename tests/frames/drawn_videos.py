"""Videos made for the tests: each frame carries its number as a row of black and white blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream
from numpy.typing import NDArray

from movietag.records import Sampling

BITS = 12
ENCODER = {"preset": "ultrafast", "bf": "2", "sc_threshold": "0"}
Pixels = NDArray[np.uint8]


def numbered(number: int, width: int = 320, height: int = 180) -> Pixels:
    """A grey picture with the number's bits as twelve blocks across its middle."""
    picture = np.full((height, width, 3), 100, np.uint8)
    for bit in range(BITS):
        left, right = (width * (2 + bit) // 16, width * (3 + bit) // 16)
        picture[height // 3 : 2 * height // 3, left:right] = 255 if number >> bit & 1 else 0
    return picture


def number_in(picture: Pixels) -> int:
    """Read the number back from a picture of any size that ``numbered`` fills."""
    height, width = picture.shape[:2]
    row = picture[height // 2, :, 1]
    return sum(1 << bit for bit in range(BITS) if row[int(width * (2.5 + bit) / 16)] > 128)


def decoded(jpeg: bytes) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, dtype=np.uint8)


def textured(seed: int, width: int = 320, height: int = 180) -> Pixels:
    """A picture with much structure, unlike that of any other seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def write_video(  # one knob per thing that files differ in
    path: Path,
    pictures: Iterable[Pixels] = (),
    *,
    count: int = 150,
    rate: int = 30,
    gop: int = 30,
    container: str | None = None,
    codec: str = "libx264",
    times: Callable[[int], int] | None = None,
    options: Mapping[str, str] | None = None,
    codec_options: Mapping[str, str] | None = None,
    rotation: int = 0,
    pixel_aspect: Fraction | None = None,
) -> Path:
    """Write numbered pictures (or the given ones) with B-frames and a keyframe each ``gop``.

    ``times`` gives the milliseconds of each frame; by default a constant rate.
    """
    shown = iter(pictures) if pictures else (numbered(i) for i in range(count))
    first = next(shown)
    with av.open(str(path), "w", format=container, options=dict(options or {})) as file:
        stream = file.add_stream(codec, rate=rate)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = gop
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.options = {**ENCODER, **(codec_options or {})}
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for index, picture in enumerate(_chain(first, shown)):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = times(index) if times else round(index * 1000 / rate)
            frame.time_base = Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def _chain(first: Pixels, rest: Iterator[Pixels]) -> Iterator[Pixels]:
    yield first
    yield from rest


def write_tone(path: Path, cover: bytes | None = None) -> Path:
    """Write half a second of sound, with a JPEG as its cover when given."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=44100)
        assert isinstance(stream, AudioStream)
        image = None
        if cover is not None:
            image = file.add_stream("mjpeg", rate=1)
            assert isinstance(image, VideoStream)
            image.height, image.width = decoded(cover).shape[:2]
            image.pix_fmt = "yuvj420p"
            image.disposition = Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 22050), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 44100
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
        if image is not None and cover is not None:
            packet = av.Packet(cover)
            packet.stream = image
            packet.pts = packet.dts = 0
            file.mux(packet)
    return path


def sampling(  # plain defaults for tests: nothing trimmed, nothing filtered
    slots: int = 10,
    mode: str = "exact",
    *,
    width: int = 320,
    height: int = 180,
    trim: float = 0.0,
    filters: bool = False,
    duplicate_bits: int = -1,
) -> Sampling:
    return Sampling(
        slots=slots,
        trim_start=trim,
        trim_end=trim,
        mode=mode,
        width=width,
        height=height,
        jpeg_quality=85,
        drop_dark=filters,
        drop_flat=filters,
        duplicate_bits=duplicate_bits,
    )
