"""Clips cut out of files by the child: which frames they have, and what is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from frames.drawn_videos import Pixels, number_in, numbered, write_video

from movietag.errors import PermanentError, UsageError
from movietag.playing.clips import ClipRange, clip_seconds, cut_clip
from movietag.settings import Settings

RATE, COUNT = 30, 240  # frames a second; in all
SOUND = 48_000  # samples a second
SETTINGS = Settings()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("75", 75), ("75.5", 75.5), ("1:15", 75), ("1:02:03.25", 3723.25), (" 2:00 ", 120)],
)
def test_times_as_people_write_them(text: str, seconds: float) -> None:
    assert clip_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1e3", "nan", "1:2:3:4", "x", "\N{ARABIC-INDIC DIGIT ONE}", "1:", ":5", "1,5"],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="no time"):
        clip_seconds(text)


@pytest.mark.parametrize(("start", "end"), [("5", "5"), ("6", "5"), ("0", "301")])
def test_parts_that_are_empty_or_too_long(start: str, end: str) -> None:
    with pytest.raises(UsageError, match=r"empty|longer"):
        ClipRange.parse(start, end)


async def cut(path: Path, start: str, end: str) -> tuple[bool, bytes]:
    out = BytesIO()
    copied = await cut_clip(path, ClipRange.parse(start, end), out, SETTINGS, 60)
    return copied, out.getvalue()


def frames_of(clip: bytes) -> tuple[list[Pixels], float, list[str]]:
    """The pictures of a clip, the time of the first one, and the kinds of its streams."""
    with av.open(BytesIO(clip)) as container:
        kinds = [stream.type for stream in container.streams]
        frames = list(container.decode(video=0))
        pictures = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in frames]
        return pictures, float(frames[0].time or 0), kinds


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("b.mkv", "libx264"), ("c.ts", "libx264")]
)
async def test_from_a_keyframe_it_is_copied_else_encoded_and_exact(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = write_video(tmp_path / name, count=COUNT, rate=RATE, gop=RATE, codec=codec)
    copied, clip = await cut(path, "2", "4")
    pictures, first, _ = frames_of(clip)
    assert (copied, number_in(pictures[0])) == (True, 2 * RATE)
    assert 2 * RATE <= len(pictures) <= 2 * RATE + 4  # what others refer to comes along
    assert first < 0.1
    copied, clip = await cut(path, "2.5", "4")
    pictures, first, _ = frames_of(clip)
    assert (copied, first) == (False, 0)
    assert [number_in(one) for one in pictures] == list(range(75, 120))


@pytest.mark.heavy
async def test_it_begins_and_ends_with_its_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", count=COUNT, rate=RATE, gop=RATE)
    copied, clip = await cut(path, "0", "1")
    assert (copied, number_in(frames_of(clip)[0][0])) == (True, 0)
    copied, clip = await cut(path, "7.5", "60")
    assert [number_in(one) for one in frames_of(clip)[0]] == list(range(225, COUNT))
    with pytest.raises(PermanentError, match=r"has 8.0 s"):
        await cut(path, "9", "10")


@pytest.mark.heavy
async def test_without_times_and_turned_it_is_encoded_as_shown(tmp_path: Path) -> None:
    path = write_video(tmp_path / "old.avi", count=COUNT, rate=RATE, gop=RATE, codec="mpeg4")
    copied, clip = await cut(path, "2", "3")
    assert (copied, number_in(frames_of(clip)[0][0])) == (False, 2 * RATE)
    path = write_video(tmp_path / "phone.mp4", count=60, rate=RATE, gop=60, rotation=90)
    copied, clip = await cut(path, "0.5", "1")
    assert (copied, frames_of(clip)[0][0].shape) == (False, (320, 180, 3))


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("b.mkv", "pcm_s16le")])
@pytest.mark.parametrize("start", ["2", "2.5"])
async def test_sound_comes_along(tmp_path: Path, name: str, codec: str, start: str) -> None:
    path = tmp_path / name
    write_with_sound(path, codec)
    _, clip = await cut(path, start, "4")
    with av.open(BytesIO(clip)) as container:
        assert [one.type for one in container.streams] == ["video", "audio"]
        heard = sum(frame.samples for frame in container.decode(audio=0)) / SOUND
    assert heard == pytest.approx(4 - float(start), abs=0.1)


def write_with_sound(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as file:
        video = file.add_stream("mpeg4", rate=10, options={"g": "10"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        audio = file.add_stream(codec, rate=SOUND, layout="stereo")
        fifo = av.AudioFifo()
        for number in range(60):
            file.mux(video.encode(av.VideoFrame.from_ndarray(numbered(number), "bgr24")))
            tone = np.full((1, 2 * SOUND // 10), 100 * (number % 7), np.int16)
            frame = av.AudioFrame.from_ndarray(tone, "s16", "stereo")
            frame.sample_rate, frame.pts = SOUND, number * SOUND // 10
            fifo.write(frame)
            for part in fifo.read_many(1024):
                file.mux(audio.encode(part))
        file.mux(video.encode(None))
        file.mux(audio.encode(None))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<!doctype html><script>alert(1)</script>", "web page"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "list of other files"),
        (b"\0\0\0\x18ftypmp42" + b"\xff" * 4000, "cannot be read|no video|not-a-video"),
    ],
)
async def test_what_is_no_video_is_refused_with_a_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "-y;rm \N{SNOWMAN}.mp4"
    path.write_bytes(content)
    with pytest.raises(PermanentError, match=said):
        await cut(path, "0", "1")


@pytest.mark.heavy
async def test_a_clip_has_a_deadline(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", count=COUNT, rate=RATE, gop=RATE)
    with pytest.raises(PermanentError, match="Not done within"):
        await cut_clip(path, ClipRange(0, 5), BytesIO(), SETTINGS, 0.001)
