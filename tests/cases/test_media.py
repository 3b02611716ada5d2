"""The files of `media/`: for each, what `expected.tsv` says must come out, checked in the pictures themselves."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
import pytest
from crawl.misbehaving import serving
from numpy.typing import NDArray

from movietag.crawl.download import download_video
from movietag.crawl.options import CrawlOptions
from movietag.frames.extract import ExtractedFrame, Extraction, extract_images, extract_video
from movietag.records import Sampling, Video, VideoId
from movietag.settings import Settings

pytestmark = pytest.mark.slow  # 25 s of CPU, most of it to make the files

HERE = Path(__file__).parent / "media"
VIDEO = Sampling(10, 0, 0, "keyframes", 640, 360, 90, False, False, -1)
PICTURES = Sampling(50, 0, 0, "keyframes", 640, 360, 90, True, True, 6)
Pixels = NDArray[np.uint8]
BARS = {
    "white": 1 / 8 + 3 / 56,
    "green": 1 / 8 + 21 / 56,
    "red": 1 / 8 + 33 / 56,
    "blue": 1 / 8 + 39 / 56,
}


def rows(*, fetched: bool = False) -> list[dict[str, str]]:
    with (HERE / "expected.tsv").open(encoding="utf-8", newline="") as table:
        every = list(csv.DictReader(table, delimiter="\t"))
    return [row for row in every if row["file"].startswith("site/") == fetched]


@dataclass
class Media:
    """The files, and the frames of base.mp4 by their seconds."""

    folder: Path
    base: list[tuple[float, Pixels]] = field(default_factory=list)

    def shown_at(self, seconds: float) -> Pixels:
        return max((one for one in self.base if one[0] <= seconds + 1e-3), key=lambda one: one[0])[
            1
        ]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    ffmpeg = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()
    folder = tmp_path_factory.mktemp("media")
    subprocess.run(
        ["bash", HERE / "make.sh", folder], check=True, env={**os.environ, "FFMPEG": ffmpeg}
    )
    subprocess.run([sys.executable, HERE / "make_images.py", folder], check=True)
    made = Media(folder)
    with av.open(str(folder / "base.mp4")) as file:
        made.base = [
            (frame.time, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
            for frame in file.decode(video=0)
        ]
    return made


def decoded(frame: ExtractedFrame) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def unlike(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def extracted(media: Media, row: dict[str, str]) -> tuple[Extraction, list[ExtractedFrame]]:
    path = media.folder / row["file"]
    if row["mode"] == "picture":
        extraction = extract_images(path, PICTURES)
    else:
        extraction = extract_video(path, msgspec.structs.replace(VIDEO, mode=row["mode"]))
    return extraction, list(extraction)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['file']}-{row['mode']}")
def test_what_must_come_out(media: Media, row: dict[str, str]) -> None:
    extraction, frames = extracted(media, row)
    if row["seconds"] != "-" and row["file"] != "img/mixed":
        assert extraction.seconds == pytest.approx(float(row["seconds"]), abs=0.1)
    assert extraction.claimed == pytest.approx(extraction.seconds, abs=0.1)
    if row["mode"] == "picture":
        judge_pictures(media, Path(row["file"]).name, extraction, frames)
        return
    assert [one.slot for one in frames] == list(range(10))
    judge_video(media, row, frames)


@pytest.mark.parametrize("row", rows(fetched=True), ids=lambda row: row["file"])
def test_what_is_fetched(media: Media, row: dict[str, str], tmp_path: Path) -> None:
    folder = media.folder / "site"
    with serving(folder) as site:
        settings = Settings(private_hosts=(site.host,))
        video = Video(VideoId("url:0"), "url", site.url(Path(row["file"]).name))
        got = download_video(
            video, tmp_path, CrawlOptions.of(settings), seconds=60, max_bytes=200 << 20
        )
    with av.open(str(got)) as file:
        assert file.streams.video[0].height == 240
    extraction = extract_video(got, VIDEO)
    assert len(list(extraction)) == 10
    assert extraction.seconds == pytest.approx(float(row["seconds"]), abs=0.1)


def judge_video(media: Media, row: dict[str, str], frames: list[ExtractedFrame]) -> None:
    name = row["file"].partition(".")[0]
    pictures = [(one.time, decoded(one)) for one in frames]
    if name in {"sdr709", "sdr601", "hdr10", "hlg"}:
        for _, picture in pictures:
            judge_bars(picture)
    elif name == "hflip":
        for time, picture in pictures:
            assert unlike(picture[:, ::-1], media.shown_at(time)) < 6
    elif name == "upright":
        for _, picture in pictures:
            lit = np.argwhere(picture.max(axis=(0, 2)) > 40)
            assert 195 < np.ptp(lit) < 206  # 360 x 640 within 640 x 360
    elif name in {"cut", "tuned_in"}:
        judge_cut(row["file"], list(whole(media.folder / "gop10.mp4")), pictures)
    else:
        for time, picture in pictures:
            assert unlike(picture, media.shown_at(time)) < 6


def judge_cut(
    name: str, film: list[tuple[float, Pixels]], pictures: list[tuple[float, Pixels]]
) -> None:
    first = {"cut.mp4": 7.0, "cut.mkv": 0.0}.get(name)
    if first is None:  # where the recording was tuned in: its first keyframe
        first = min((unlike(pictures[0][1], one), at) for at, one in film)[1] - pictures[0][0]
    for time, picture in pictures:
        shown = max((one for one in film if one[0] <= time + first + 1e-3), key=lambda one: one[0])
        assert unlike(picture, shown[1]) < 6


def whole(path: Path) -> Iterator[tuple[float, Pixels]]:
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            yield frame.time, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def judge_bars(picture: Pixels) -> None:
    colours = {}
    for name, at in BARS.items():
        blue, green, red = (int(one) for one in picture[108, round(at * 640)])
        colours[name] = (red, green, blue)
    assert min(colours["white"]) >= 150
    assert min(colours["white"]) >= 0.95 * 187  # as the rendering of sdr709
    for own, name in enumerate(("red", "green", "blue")):
        assert colours[name][own] >= 120
        assert max(level for i, level in enumerate(colours[name]) if i != own) <= 50


def judge_pictures(
    media: Media, name: str, extraction: Extraction, frames: list[ExtractedFrame]
) -> None:
    if name == "mixed":
        count = len(list((media.folder / "img/mixed").iterdir()))
        assert len(frames) == extraction.seconds == count >= 6  # 7 where pillow-heif can write HEIC
        assert frames[0].slot == 0
        return
    (frame,) = frames
    picture = decoded(frame)
    assert extraction.dropped == ()
    within = picture[5:355, 85:555]  # 400x300 becomes 480x360
    if name.startswith("exif"):
        lit = np.argwhere(picture.max(axis=(0, 2)) > 40)
        assert 265 < np.ptp(lit) < 275  # 300x400 becomes 270x360
    elif name == "alpha_logo":
        assert within.min() < 60
        assert within[:40].min() > 100
    elif name == "alpha_garbage":
        outside = np.concatenate([within[:50].reshape(-1, 3), within[-50:].reshape(-1, 3)])
        assert outside.std(axis=0).max() < 3
    else:
        assert within[:30].min() > 100  # the ground
        assert picture[180, 320].max() < 90  # the shoe
