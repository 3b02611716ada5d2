"""HLS with video and sound apart, from a site: the smallest that is enough is downloaded, sampled and decoded."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from misbehaving import Misbehaving
from test_fetch import fetched, url_video

from movietag.settings import Settings

pytestmark = pytest.mark.heavy

SECONDS = 6


def video_segment(path: Path, height: int, second: int) -> None:
    with av.open(path, "w", format="mpegts") as container:
        stream = container.add_stream("mpeg4", rate=10, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = height * 16 // 9, height, "yuv420p"
        draw = np.random.default_rng(second)
        blocks = draw.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        picture = cv2.resize(blocks, (stream.width, stream.height), interpolation=cv2.INTER_NEAREST)
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = second * 10 + number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def sound_segment(path: Path) -> None:
    with av.open(path, "w", format="mpegts") as container:
        stream = container.add_stream("mp2", rate=16_000, layout="mono")
        silence = np.zeros((1, 1152), dtype=np.int16)
        for _ in range(14):
            frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
            frame.sample_rate = 16_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def playlist(folder: Path, name: str) -> None:
    lines = [f"#EXTINF:1.0,\n{name}-{second}.ts" for second in range(SECONDS)]
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    (folder / f"{name}.m3u8").write_text(head + "\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def master(folder: Path, heights: Sequence[int]) -> None:
    """A site's master playlist; each variant is video alone, the sound is one of its own."""
    sound = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",DEFAULT=YES,AUTOSELECT=YES,URI="sound.m3u8"'
    lines = ["#EXTM3U", "#EXT-X-VERSION:4", sound]
    for height in heights:
        size = f"{height * 16 // 9}x{height}"
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={height * 2000},RESOLUTION={size},"
            'CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"'
        )
        lines.append(f"v{height}.m3u8")
        playlist(folder, f"v{height}")
        for second in range(SECONDS):
            video_segment(folder / f"v{height}-{second}.ts", height, second)
    playlist(folder, "sound")
    for second in range(SECONDS):
        sound_segment(folder / f"sound-{second}.ts")
    (folder / "master.m3u8").write_text("\n".join([*lines, ""]))


@pytest.mark.parametrize(
    ("heights", "taken"),
    [((144, 252, 360), 360), ((252, 468, 720), 252), ((144, 468, 720), 468), ((360,), 360)],
)
async def test_video_apart_from_its_sound_is_taken(
    heights: Sequence[int],
    taken: int,
    crawl_settings: Settings,
    site: Misbehaving,
    tmp_path: Path,
) -> None:
    site.folder = tmp_path / "apart"
    site.folder.mkdir()
    master(site.folder, heights)
    result, frames = await fetched(url_video(site.url("master.m3u8")), crawl_settings)
    assert result.seconds == pytest.approx(SECONDS, abs=0.3)
    assert [slot for slot, _, _ in frames] == [0, 1, 2, 3, 4]
    segments = {path for path in site.asked if path.endswith(".ts")}
    assert segments == {f"v{taken}-{second}.ts" for second in range(SECONDS)}
