import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from drawn_videos import decoded, sampling, textured, write_video

from movietag.frames.extract import extract_video
from movietag.frames.filters import Picture
from movietag.records import Sampling, SlotDropped

BLACK = np.zeros((180, 320, 3), np.uint8)
GREY = np.full((180, 320, 3), 128, np.uint8)
A, B, C = (textured(seed) for seed in (1, 2, 3))

Shots = Callable[..., Path]


@pytest.fixture
def shots(tmp_path: Path) -> Shots:
    """Write a video of the given shots, each a second long and begun by a keyframe."""

    def write(*pictures: Picture, name: str = "shots.mp4") -> Path:
        frames = [one for one in pictures for _ in range(10)]
        return write_video(tmp_path / name, frames, rate=10, gop=10)

    return write


def dropped(path: Path, wanted: Sampling) -> dict[int, str]:
    extraction = extract_video(path, wanted)
    kept = [one.slot for one in extraction]
    reasons = {one.slot: one.reason for one in extraction.dropped}
    assert kept == sorted(kept)
    assert [one.slot for one in extraction.dropped] == sorted(reasons)
    assert sorted([*kept, *reasons]) == list(range(wanted.slots))
    return reasons


def test_filters_and_their_order(shots: Shots) -> None:
    path = shots(A, BLACK, GREY, B, A, BLACK, C)
    expected = {1: "dark", 2: "flat", 4: "duplicate", 5: "dark"}
    for mode in ("keyframes", "exact"):
        wanted = sampling(7, mode, filters=True, duplicate_bits=6)
        assert dropped(path, wanted) == expected
    wanted = sampling(7, "keyframes", filters=True, duplicate_bits=6)
    light = msgspec.structs.replace(wanted, drop_dark=False)
    assert dropped(path, light) == expected | {1: "flat", 5: "flat"}
    only_duplicates = msgspec.structs.replace(light, drop_flat=False)
    assert set(dropped(path, only_duplicates).items()) >= {(4, "duplicate"), (5, "duplicate")}
    assert dropped(path, sampling(7, "keyframes")) == {}


def test_a_dropped_frame_is_no_model_for_duplicates(shots: Shots) -> None:
    near = A.copy()
    near[:, :60] = 255 - near[:, :60]
    path = shots(A, near, A)
    loose = dropped(path, sampling(3, "keyframes", duplicate_bits=32))
    assert loose == {1: "duplicate", 2: "duplicate"}
    assert dropped(path, sampling(3, "keyframes", duplicate_bits=0)) == {2: "duplicate"}


def test_padding_does_not_count_as_dark(tmp_path: Path) -> None:
    upright = [textured(seed, 36, 360) for seed in (1, 2)]  # 90 % of its frame is padding
    path = write_video(tmp_path / "upright.mp4", upright, rate=1, gop=1)
    wanted = sampling(2, "keyframes", width=640, height=360, filters=True, duplicate_bits=6)
    assert dropped(path, wanted) == {}


@pytest.mark.parametrize(
    ("size", "lit"),
    [((640, 480), (480, 360)), ((360, 640), (202, 360)), ((160, 90), (640, 360))],
)
def test_frames_are_padded_not_distorted(
    tmp_path: Path, size: tuple[int, int], lit: tuple[int, int]
) -> None:
    white = np.full((size[1], size[0], 3), 255, np.uint8)
    path = write_video(tmp_path / "white.mp4", [white])
    (frame,) = extract_video(path, sampling(1, width=640, height=360))
    picture = decoded(frame.jpeg)
    assert picture.shape == (360, 640, 3)
    bright = np.argwhere(picture.min(axis=2) > 200)
    assert tuple(np.ptp(bright, axis=0)[::-1] + 1) == lit
    assert np.abs(bright.mean(axis=0) - (179.5, 319.5)).max() <= 1  # centred


def test_trims_leave_out_both_ends(shots: Shots) -> None:
    path = shots(A, B, C, A, B, C, A, B, C, A)
    frames = list(extract_video(path, sampling(4, "exact", trim=5)))
    assert frames[0].time == pytest.approx(1 + 0.125 * 8, abs=0.11)
    assert frames[-1].time == pytest.approx(1 + 0.875 * 8, abs=0.11)


def test_the_same_file_gives_the_same_bytes(shots: Shots) -> None:
    path = shots(A, B, C, A)
    runs = []
    for _ in range(2):
        extraction = extract_video(path, sampling(13, "keyframes", duplicate_bits=6))
        runs.append((list(extraction), extraction.dropped))
    assert runs[0] == runs[1]


def test_frames_come_as_they_are_asked_for(shots: Shots) -> None:
    path = shots(A, BLACK, B)
    extraction = extract_video(path, sampling(3, "keyframes", filters=True, duplicate_bits=6))
    assert extraction.seconds == pytest.approx(3, abs=0.01)
    frames = iter(extraction)
    assert next(frames).slot == 0
    assert not extraction.dropped
    assert next(frames).slot == 2
    assert list(extraction.dropped) == [SlotDropped(1, "dark")]
    assert list(frames) == []


@pytest.mark.heavy
def test_damaged_files_print_nothing(tmp_path: Path) -> None:
    path = write_video(tmp_path / "damaged.ts", [textured(i) for i in range(60)])
    data = bytearray(path.read_bytes())
    data[20_000:40_000:7] = bytes(len(range(20_000, 40_000, 7)))
    path.write_bytes(data)
    code = (
        "import sys, msgspec\n"
        "from pathlib import Path\n"
        "from movietag.frames.extract import extract_images, extract_video\n"
        "from movietag.records import Sampling, decode\n"
        "sampling = decode(Sampling, sys.argv[2].encode())\n"
        "print(len(list(extract_video(Path(sys.argv[1]), sampling))))\n"
        "folder = Path(sys.argv[1]).parent\n"
        "for name in ('a.jpg', 'b.png'):\n"
        "    (folder / name).write_bytes((folder / name).read_bytes()[:500])\n"
        "print(len(list(extract_images(folder, sampling))))\n"
    )
    import cv2

    for name in ("a.jpg", "b.png"):
        cv2.imwrite(str(tmp_path / name), textured(1))
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), msgspec.json.encode(sampling(9)).decode()],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert int(done.stdout.split()[0]) >= 1
    assert done.stderr == ""
