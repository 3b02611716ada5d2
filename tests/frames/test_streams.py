"""Which stream of a file is the video, how long it is, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream
from drawn_videos import decoded, number_in, numbered, sampling, write_video

from movietag.errors import PermanentError
from movietag.frames.dolby import without_base_layer
from movietag.frames.extract import extract_video, probe

DEFAULT = Disposition.default


def write_two(path: Path, sizes: Sequence[tuple[int, int]], marks: Sequence[int]) -> Path:
    """Two video streams, the second one numbered."""
    with av.open(str(path), "w") as file:
        streams = []
        for (width, height), mark in zip(sizes, marks, strict=True):
            stream = file.add_stream("libx264", rate=10)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.disposition = Disposition(mark)
            streams.append(stream)
        for index in range(20):
            for stream, second in zip(streams, (False, True), strict=True):
                size = stream.width, stream.height
                picture = (
                    numbered(index, *size) if second else np.full((*size[::-1], 3), 9, np.uint8)
                )
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                frame.pts = index
                file.mux(stream.encode(frame))
        for stream in streams:
            file.mux(stream.encode())
    return path


@pytest.mark.parametrize("name", ["two.mkv", "two.mp4"])
@pytest.mark.parametrize(
    ("sizes", "marks"),
    [
        ([(160, 90), (320, 180)], [0, DEFAULT]),
        ([(640, 360), (320, 180)], [0, DEFAULT]),
        ([(160, 90), (320, 180)], [DEFAULT, DEFAULT]),
    ],
)
def test_the_default_stream_else_the_largest(
    tmp_path: Path, name: str, sizes: list[tuple[int, int]], marks: list[int]
) -> None:
    frames = list(extract_video(write_two(tmp_path / name, sizes, marks), sampling(4)))
    assert [number_in(decoded(one.jpeg)) for one in frames] == [2, 7, 12, 17]


@pytest.mark.heavy
@pytest.mark.parametrize("end", ["mkv", "mp4", "ts", "flv"])
@pytest.mark.parametrize("mode", ["exact", "keyframes"])
def test_a_longer_sound_track_adds_nothing(tmp_path: Path, end: str, mode: str) -> None:
    path = tmp_path / f"long.{end}"
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        sound = file.add_stream("aac", rate=44100)
        assert isinstance(video, VideoStream)
        assert isinstance(sound, AudioStream)
        video.width, video.height, video.pix_fmt, video.gop_size = 320, 180, "yuv420p", 30
        for index in range(90):
            frame = av.VideoFrame.from_ndarray(numbered(index), format="bgr24")
            frame.pts = index
            file.mux(video.encode(frame))
        file.mux(video.encode())
        for index in range(30):
            heard = av.AudioFrame.from_ndarray(
                np.zeros((1, 44100), np.float32), format="fltp", layout="mono"
            )
            heard.sample_rate, heard.pts = 44100, index * 44100
            file.mux(sound.encode(heard))
        file.mux(sound.encode())
    extraction = extract_video(path, sampling(10, mode))
    frames = list(extraction)
    assert extraction.seconds == pytest.approx(3, abs=0.1)
    assert extraction.claimed == extraction.seconds
    assert [one.slot for one in frames] == list(range(10))
    for frame in frames:
        assert number_in(decoded(frame.jpeg)) == pytest.approx(30 * frame.time, abs=0.1)


def test_a_change_of_the_pixels_aspect_within_the_stream(tmp_path: Path) -> None:
    parts = [
        write_video(
            tmp_path / f"{number}.ts",
            [np.full((180, 320, 3), 200, np.uint8)] * 30,
            gop=10,
            times=lambda i, number=number: round((i + 30 * number) * 1000 / 30),  # type: ignore[misc]
            pixel_aspect=aspect,
        )
        for number, aspect in enumerate((Fraction(1), Fraction(3, 4)))
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    for mode in ("exact", "keyframes"):
        frames = list(extract_video(joined, sampling(4, mode, width=320, height=180)))
        widths = [
            np.ptp(np.argwhere(decoded(one.jpeg)[90].max(axis=1) > 100)) + 1 for one in frames
        ]
        assert widths == pytest.approx([320, 320, 240, 240], abs=2)


def test_one_slot_is_the_middle(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    for mode, number in (("exact", 75), ("keyframes", 60)):
        (frame,) = extract_video(path, sampling(1, mode))
        assert number_in(decoded(frame.jpeg)) == number


def test_dolby_vision_without_a_base_layer_is_refused(tmp_path: Path) -> None:
    plain = write_video(
        tmp_path / "a.mp4",
        count=5,
        codec="libx265",
        codec_options={"x265-params": "log-level=none"},
    )
    assert probe(plain).width == 320
    record = bytes([1, 0, 5 << 1, 0b00101101, 0]) + bytes(19)
    boxed = (32).to_bytes(4, "big") + b"dvcC" + record
    path = tmp_path / "b.mp4"
    path.write_bytes(plain.read_bytes() + (8 + len(boxed)).to_bytes(4, "big") + b"free" + boxed)
    with pytest.raises(PermanentError, match="Dolby Vision") as caught:
        extract_video(path, sampling(1))
    assert caught.value.kind == "dolby-vision"


@pytest.mark.parametrize(
    ("profile", "compatible", "refused"),
    [(5, 0, True), (7, 6, False), (8, 1, False), (8, 4, False), (10, 0, True), (10, 1, False)],
)
def test_profiles_of_dolby_vision(
    tmp_path: Path, profile: int, compatible: int, refused: bool
) -> None:
    record = bytes([1, 0, profile << 1, 0b00101101, compatible << 4]) + bytes(19)
    for head in (b"dvcC", b"\x41\xe7\x84dvcC\x41\xed\x98", b"dvvC"):
        path = tmp_path / "header"
        path.write_bytes(b"....dvcC by chance...." + head + record)
        assert without_base_layer(path, "hvc1") == refused
    path.write_bytes(b"no record")
    assert without_base_layer(path, "dvh1")
    assert not without_base_layer(path, "hvc1")
