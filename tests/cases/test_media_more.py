"""The files of `media/more.sh`: the frame counter, orientation, aspect and colours of each."""

from __future__ import annotations

import os
import subprocess

import cv2
import numpy as np
import pytest
from cases.test_media import HERE, VIDEO, Media, decoded, judge_bars, media, unlike

from movietag.frames.extract import ExtractedFrame, extract_video
from movietag.records import Sampling

__all__ = ["media"]  # the fixture

pytestmark = pytest.mark.slow  # a minute of CPU, most of it to make the files

FILMS = {  # file: the second of base.mp4 at which it begins, its length, frames of 10 slots
    **dict.fromkeys(("joined.ts",), (0, 60, 10)),
    **dict.fromkeys(("joined.mpg", "joined.mp4"), (0, 40, 10)),
    "off.mp4": (0, 42, 9), "off.mkv": (0, 36, 9), "off.flv": (0, 36, 9),
    **dict.fromkeys(("cover.mp4", "plain_cover.mkv", "plain_cover.mp4", "attached.mkv"), (0, 20, 10)),
    **dict.fromkeys(("two_defaults.mkv", "no_default.ts", "lengthless.mkv"), (0, 20, 10)),
    **dict.fromkeys(("odd.mp4", "ten.mp4", "full.mp4", "alpha.webm", "vp8.webm", "motion.avi"), (0, 5, 10)),
    **dict.fromkeys(("windows.wmv", "theora.ogv", "lossless.mkv", "camera.mov", "av1.mp4", "open.ts"), (0, 5, 10)),
    "pause.mp4": (0, 30, 7), "negative.mp4": (3, 20, 10),
}  # fmt: skip
TURNS = [f"{turn}{flip}" for turn in (0, 90, 180, 270) for flip in ("", "h", "v")]


@pytest.fixture(scope="module")
def more(media: Media) -> Media:
    ffmpeg = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()
    script = ["bash", HERE / "more.sh", media.folder]
    subprocess.run(script, check=True, env={**os.environ, "FFMPEG": ffmpeg})
    return media


def sampled(mode: str, slots: int = 10, width: int = 640, height: int = 360) -> Sampling:
    kept = {name: getattr(VIDEO, name) for name in VIDEO.__struct_fields__}
    return Sampling(**{**kept, "mode": mode, "slots": slots, "width": width, "height": height})


@pytest.mark.parametrize("mode", ["keyframes", "exact"])
@pytest.mark.parametrize("name", FILMS)
def test_each_frame_is_the_one_of_its_time(more: Media, name: str, mode: str) -> None:
    first, seconds, least = FILMS[name]
    extraction = extract_video(more.folder / name, sampled(mode))
    frames: list[ExtractedFrame] = list(extraction)
    assert extraction.seconds == pytest.approx(seconds, abs=0.1 if name[:3] != "off" else 6)
    assert len(frames) >= least
    for frame in frames:
        assert unlike(decoded(frame), more.shown_at(frame.time + first)) < 7
    assert extraction.claimed == pytest.approx(60 if name[:3] == "off" else seconds, abs=0.1)


@pytest.mark.parametrize("turn", TURNS)
def test_each_orientation_is_as_ffmpeg_shows_it(more: Media, turn: str) -> None:
    shown = cv2.imread(str(more.folder / f"turned{turn}.png"))
    assert shown is not None
    height, width = shown.shape[:2]
    path = more.folder / f"turned{turn}.mp4"
    (frame,) = extract_video(path, sampled("keyframes", 1, width, height))
    assert unlike(decoded(frame), np.asarray(shown, np.uint8)) < 6


@pytest.mark.parametrize("mode", ["keyframes", "exact"])
def test_each_frame_has_its_own_aspect(more: Media, mode: str) -> None:
    widths = [
        np.ptp(np.argwhere(decoded(one).max(axis=(0, 2)) > 40)) + 1
        for one in extract_video(more.folder / "aspects.ts", sampled(mode, 4))
    ]
    assert widths == pytest.approx([640, 640, 480, 480], abs=8)


@pytest.mark.parametrize("name", ["pq.webm", "hlg.mkv", "pq_full.mp4", "wide.mp4", "full.mp4"])
def test_colours_are_those_of_the_screen(more: Media, name: str) -> None:
    for frame in extract_video(more.folder / f"bars_{name}", sampled("keyframes", 3)):
        judge_bars(decoded(frame))
