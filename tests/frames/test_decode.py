"""Which frame a slot gets, from every kind of container, told by the number drawn into it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_videos import decoded, number_in, numbered, sampling, textured, write_video

from movietag.frames.extract import extract_video, probe
from movietag.frames.sampling import targets

pytestmark = pytest.mark.heavy  # each case is encoded

COUNT, GOP = 150, 30


def steady(number: int) -> int:
    return round(number * 1000 / 30)


def uneven(number: int) -> int:
    """Bursts of ten frames with pauses of half a second between them, and jitter."""
    return number * 20 + number // 10 * 500 + number * number * 7 % 13


def late(number: int) -> int:
    return 5000 + steady(number)


@dataclass(frozen=True)
class Case:
    name: str
    times: Callable[[int], int] = steady
    count: int = COUNT
    gop: int = GOP
    more: dict[str, Any] = field(default_factory=dict)


OPEN_GOP = {"x264-params": "open-gop=1:keyint=30:min-keyint=30:bframes=2"}
CASES = [
    Case("plain.mp4"),
    Case("uneven.mp4", uneven),
    Case("uneven.mkv", uneven),
    Case("late.mkv", late),
    Case("fragments.mp4", more={"options": {"movflags": "frag_keyframe+empty_moov"}}),
    Case("open-gop.mp4", more={"codec_options": OPEN_GOP}),
    Case("one-keyframe.mp4", gop=1000),
    Case("stream.ts"),
    Case("sparse.ts", gop=90),
    Case("late.ts", late),
    Case("lengthless.mkv", more={"options": {"live": "1"}}),
    Case("flash.flv"),
    Case("old.avi", more={"codec": "mpeg4", "codec_options": {"bf": "0"}}),
    Case("vp9.webm", count=60, more={"codec": "libvpx-vp9"}),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    case = request.param
    path = tmp_path_factory.mktemp("drawn") / case.name
    write_video(path, count=case.count, gop=case.gop, times=case.times, **case.more)
    return case, path


def shown_at(case: Case, seconds: float) -> int:
    """The number of the frame on the screen ``seconds`` after the first one."""
    since = [(case.times(i) - case.times(0)) / 1000 for i in range(case.count)]
    return max(i for i, at in enumerate(since) if at <= seconds + 1e-6)


@pytest.mark.parametrize("slots", [3, 17])
def test_exact_frames(drawn: tuple[Case, Path], slots: int) -> None:
    case, path = drawn
    extraction = extract_video(path, sampling(slots, "exact"))
    found = {one.slot: one for one in extraction}
    assert extraction.seconds == pytest.approx(
        (case.times(case.count - 1) - case.times(0)) / 1000, abs=0.1
    )
    given = dict.fromkeys(  # a still of half a second is given to the first of its slots only
        shown_at(case, at) for at in targets(extraction.seconds, sampling(slots))
    )
    assert [number_in(decoded(one.jpeg)) for one in found.values()] == list(given)
    assert {one.reason for one in extraction.dropped} <= {"duplicate"}
    for one in found.values():
        number = number_in(decoded(one.jpeg))
        assert one.time == pytest.approx((case.times(number) - case.times(0)) / 1000, abs=0.002)


@pytest.mark.parametrize("slots", [3, 17])
def test_keyframes_first_and_exact_frames_for_slots_that_share_one(
    drawn: tuple[Case, Path], slots: int
) -> None:
    case, path = drawn
    extraction = extract_video(path, sampling(slots, "keyframes"))
    expected: dict[int, None] = {}
    for at in targets(extraction.seconds, sampling(slots)):
        exact = shown_at(case, at)
        key = exact // case.gop * case.gop
        expected[exact if key in expected else key] = None
    found = list(extraction)
    assert [number_in(decoded(one.jpeg)) for one in found] == list(expected)
    wanted = targets(extraction.seconds, sampling(slots))
    assert all(one.time <= wanted[one.slot] + 0.002 for one in found)


def test_order_of_decoding_in_avi_costs_two_frames_at_most(tmp_path: Path) -> None:
    path = write_video(tmp_path / "reordered.avi")  # it does not say when B-frames are shown
    extraction = extract_video(path, sampling(9, "exact"))
    for one, at in zip(extraction, targets(5.0, sampling(9)), strict=True):
        assert at * 30 - 3.1 <= number_in(decoded(one.jpeg)) <= at * 30


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_is_applied(tmp_path: Path, rotation: int) -> None:
    picture = textured(7)
    path = write_video(tmp_path / "turned.mp4", [picture] * 3, rotation=rotation)
    info = probe(path)
    upright = np.rot90(picture, rotation // 90)
    assert (info.height, info.width) == upright.shape[:2]
    for mode in ("exact", "keyframes"):
        frame = next(
            iter(extract_video(path, sampling(1, mode, width=info.width, height=info.height)))
        )
        assert np.abs(decoded(frame.jpeg).astype(int) - upright).mean() < 12


@pytest.mark.parametrize(("rotation", "shown"), [(0, (480, 180)), (90, (180, 480))])
def test_pixels_that_are_not_square(tmp_path: Path, rotation: int, shown: tuple[int, int]) -> None:
    path = write_video(
        tmp_path / "wide.mp4", count=3, rotation=rotation, pixel_aspect=Fraction(3, 2)
    )
    assert (probe(path).width, probe(path).height) == shown
    frame = next(iter(extract_video(path, sampling(1, width=480, height=480))))
    lit = np.argwhere(decoded(frame.jpeg).max(axis=2) > 50)
    height, width = lit.max(axis=0) - lit.min(axis=0) + 1
    assert abs(width - shown[0]) <= 2
    assert abs(height - shown[1]) <= 2


def test_a_change_of_resolution_within_the_stream(tmp_path: Path) -> None:
    small = write_video(tmp_path / "small.ts", count=60)
    large = write_video(
        tmp_path / "large.ts",
        [numbered(i, 640, 360) for i in range(60, 120)],
        times=lambda i: 2000 + steady(i),
    )
    both = tmp_path / "both.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    for mode in ("exact", "keyframes"):
        numbers = [number_in(decoded(one.jpeg)) for one in extract_video(both, sampling(4, mode))]
        assert numbers == sorted(numbers)
        assert [number >= 60 for number in numbers] == [False, False, True, True]


def test_a_video_of_one_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "still.mp4", count=1)
    for mode in ("exact", "keyframes"):
        extraction = extract_video(path, sampling(3, mode))
        assert [one.time for one in extraction] == [0.0]
        assert [(one.slot, one.reason) for one in extraction.dropped] == [
            (1, "duplicate"),
            (2, "duplicate"),
        ]
