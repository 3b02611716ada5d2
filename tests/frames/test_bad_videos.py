"""Files that are no videos, or not whole ones: a plain reason, and the frames that they do have."""

import random
from pathlib import Path

import cv2
import pytest
from drawn_videos import (
    decoded,
    number_in,
    numbered,
    sampling,
    textured,
    write_tone,
    write_video,
)

from movietag.errors import PermanentError
from movietag.frames.extract import ExtractedFrame, Extraction, extract_video, probe

pytestmark = pytest.mark.heavy

MODES = ["exact", "keyframes"]


def numbers(frames: list[ExtractedFrame]) -> list[int]:
    return [number_in(decoded(one.jpeg)) for one in frames]


def settled(extraction: Extraction, slots: int) -> dict[int, str]:
    """Reason of each dropped slot, having checked that every slot is accounted for once."""
    kept = [one.slot for one in extraction]
    dropped = {one.slot: one.reason for one in extraction.dropped}
    assert sorted([*kept, *dropped]) == list(range(slots))
    return dropped


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.mp4\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"<!doctype html><html><body>Not found" + b" sorry" * 3000, "web page"),
        (random.Random(3).randbytes(100_000), "cannot be read"),
        (bytes(1_000_000), "cannot be read"),
        (PLAYLIST.encode(), "playlist"),  # would make FFmpeg open other files and addresses
        (b"ffconcat version 1.0\nfile other.mp4\n", "playlist"),
        (cv2.imencode(".jpg", textured(1))[1].tobytes(), "a picture"),
    ],
    ids=["empty", "html", "random", "zeros", "playlist", "concat", "picture"],
)
def test_not_a_video(tmp_path: Path, content: bytes, told: str) -> None:
    write_video(tmp_path / "other.mp4", count=5)
    path = tmp_path / "named.mp4"
    path.write_bytes(content)
    for use in (lambda: extract_video(path, sampling()), lambda: probe(path)):
        with pytest.raises(PermanentError, match=told) as caught:
            use()
        assert caught.value.kind == "not-a-video"
        assert "named.mp4" in caught.value.reason


def test_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "endless.mp4").symlink_to("/dev/zero")
    for path in (tmp_path, tmp_path / "nowhere.mp4", tmp_path / "endless.mp4"):
        with pytest.raises(PermanentError, match="is not a file"):
            extract_video(path, sampling())


def test_index_lost(tmp_path: Path) -> None:
    path = write_video(tmp_path / "cut.mp4", count=30)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(PermanentError, match="index is lost"):
        extract_video(path, sampling())


def test_no_video_stream(tmp_path: Path) -> None:
    cover = cv2.imencode(".jpg", textured(1))[1].tobytes()
    for path, told in [
        (write_tone(tmp_path / "tone.m4a"), "audio only"),
        (write_tone(tmp_path / "album.mp4", cover), "a cover picture and audio only"),
    ]:
        with pytest.raises(PermanentError, match=told) as caught:
            extract_video(path, sampling())
        assert caught.value.kind == "no-video-stream"


def test_too_large_is_refused_before_decoding(tmp_path: Path) -> None:
    path = write_video(tmp_path / "8k.mp4", [numbered(0, 4352, 2400)])
    with pytest.raises(PermanentError, match="4352 x 2400") as caught:
        extract_video(path, sampling())
    assert caught.value.kind == "too-large"
    upright = write_video(tmp_path / "4k.mp4", [numbered(5, 2304, 4096)])
    assert numbers(list(extract_video(upright, sampling(1, width=2304, height=4096)))) == [5]


@pytest.mark.parametrize("mode", MODES)
def test_pictures_that_become_too_large_are_not_decoded(tmp_path: Path, mode: str) -> None:
    small = write_video(tmp_path / "small.ts", count=60)
    large = write_video(
        tmp_path / "large.ts",
        [numbered(i, 4352, 2400) for i in range(3)],
        rate=1,
        times=lambda i: 2000 + 1000 * i,
    )
    both = tmp_path / "both.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    extraction = extract_video(both, sampling(4, mode))
    assert settled(extraction, 4) == {2: "undecodable", 3: "undecodable"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("share", [0.2, 0.49, 0.8])
def test_slots_of_a_truncated_mp4_are_laid_on_what_it_has(
    tmp_path: Path, mode: str, share: float
) -> None:
    path = write_video(tmp_path / "cut.mp4", count=300, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    extraction = extract_video(path, sampling(10, mode))
    frames = list(extraction)
    assert extraction.claimed == pytest.approx(10, abs=0.1)  # as the header says
    assert 0.3 < extraction.seconds < 10 * share
    assert len(frames) + len(extraction.dropped) == 10
    assert len(frames) >= 9  # the last may be cut within
    got = numbers(frames)
    assert got == sorted(set(got))
    assert all(abs(n / 30 - one.time) < 0.04 for n, one in zip(got, frames, strict=True))
    assert got[-1] / 30 > 0.75 * extraction.seconds


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["cut.mkv", "cut.flv", "cut.webm", "cut.ts"])
def test_other_truncated_files(tmp_path: Path, mode: str, name: str) -> None:
    codec = "libvpx-vp9" if name.endswith("webm") else "libx264"
    count = 60 if name.endswith("webm") else 300
    path = write_video(tmp_path / name, count=count, codec=codec)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    extraction = extract_video(path, sampling(10, mode))
    frames = list(extraction)
    got = numbers(frames)
    assert got == sorted(set(got))
    assert all(abs(n / 30 - one.time) < 0.04 for n, one in zip(got, frames, strict=True))
    assert len(got) >= 9
    assert {one.reason for one in extraction.dropped} <= {"missing", "undecodable"}
    if name != "cut.ts":  # whose length nothing states
        assert extraction.claimed > 1.5 * extraction.seconds


@pytest.mark.parametrize("mode", MODES)
def test_a_hole_costs_only_the_slots_in_it(tmp_path: Path, mode: str) -> None:
    pictures = [textured(i) for i in range(90)]
    path = write_video(tmp_path / "hole.mp4", pictures, gop=10)
    whole = {one.slot: one.jpeg for one in extract_video(path, sampling(9, mode))}
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    extraction = extract_video(path, sampling(9, mode))
    kept = {one.slot: one for one in extraction}
    for slot in (0, 1, 2, 5, 6, 7, 8):  # 3 and 4 aim into the hole, from 1.0 to 1.5 s
        assert kept[slot].jpeg == whole[slot]
    assert 4 not in kept
    assert 3 not in kept or kept[3].time < 1.0  # the last frame before it
    assert {one.reason for one in extraction.dropped} <= {"undecodable", "duplicate"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_never_crash_nor_lose_a_slot(tmp_path: Path, mode: str, seed: int) -> None:
    path = write_video(tmp_path / "damaged.mp4", [textured(i) for i in range(60)], gop=15)
    whole = {one.slot: one.jpeg for one in extract_video(path, sampling(8, mode))}
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    for _ in range(4 << seed * 2):
        data[chance.randrange(48, data.index(b"moov") - 4)] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    extraction = extract_video(path, sampling(8, mode))
    dropped = settled(extraction, 8)
    assert set(dropped.values()) <= {"undecodable", "duplicate"}
    if seed == 0:
        assert len(dropped) < len(whole)
    if seed == 3:
        assert dropped


def test_a_damaged_index_never_crashes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "index.mp4", count=60)
    data = path.read_bytes()
    start = data.index(b"moov")
    outcomes = set()
    for seed in range(60):
        chance = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(6):
            damaged[chance.randrange(start, len(data))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            extraction = extract_video(path, sampling(4, MODES[seed % 2]))
        except PermanentError as error:
            outcomes.add(error.kind)
        else:
            settled(extraction, 4)
            outcomes.add("read")
    assert "read" in outcomes
    assert outcomes <= {"read", "not-a-video", "no-video-stream", "no-decoder", "too-large"}
