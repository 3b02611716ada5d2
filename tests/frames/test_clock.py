"""Recordings that begin again in the middle are one video."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_videos import decoded, number_in, numbered, sampling, write_video

from movietag.frames.clock import PacketTime, read_clock
from movietag.frames.extract import extract_video

SECOND = 90_000


def packets(*seconds: float, first: int = 0) -> list[PacketTime]:
    """A keyframe, then a packet for each second; a byte each."""
    return [
        PacketTime(round(at * SECOND), round(at * SECOND), 0, first + number, key=not number)
        for number, at in enumerate(seconds)
    ]


def test_a_clock_that_begins_again_goes_on() -> None:
    joined = packets(10, 11, 12) + packets(0, 1, 2, first=100) + packets(5000, 5001, first=200)
    made = read_clock(joined, SECOND)
    assert made.start == 10 * SECOND
    assert made.end == 18 * SECOND  # eight frames of a second
    assert [made.offset_at(pos) // SECOND for pos in (0, 2, 100, 150, 200)] == [0, 0, 13, 13, -4984]
    assert [made.byte_before(at * SECOND) for at in (0, 10, 12, 13, 15, 16, 99)] == [
        0, 0, 0, 100, 100, 200, 200,
    ]  # fmt: skip


def test_a_pause_is_no_new_clock() -> None:
    made = read_clock(packets(0, 1, 9, 10), SECOND)
    assert made.end is not None
    assert made.end >= 11 * SECOND
    assert made.offset_at(3) == 0


def test_a_single_damaged_time_costs_nothing_else() -> None:
    made = read_clock(packets(0, 1, 7_000, 3, 4), SECOND)
    assert made.end == 5 * SECOND


def test_a_recording_that_begins_between_keyframes() -> None:
    ones = [PacketTime(at * SECOND, at * SECOND, SECOND, at, key=at == 3) for at in range(6)]
    made = read_clock(ones, SECOND)
    assert (made.start, made.end) == (3 * SECOND, 6 * SECOND)


def test_nothing_at_all() -> None:
    made = read_clock([], SECOND)
    assert made.end is None
    assert (made.byte_before(5), made.offset_at(5)) == (0, 0)


@pytest.mark.parametrize("mode", ["exact", "keyframes"])
@pytest.mark.parametrize("later", [0, 100_000])
def test_joined_files_are_seen_whole(tmp_path: Path, mode: str, later: int) -> None:
    parts = [
        write_video(
            tmp_path / f"{first}",
            [numbered(i) for i in range(first, first + 60)],
            container="mpegts",
            times=lambda i, first=first: (later if first else 0) + round(i * 1000 / 30),  # type: ignore[misc]
        )
        for first in (0, 60, 120)
    ]
    joined = tmp_path / "joined"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    extraction = extract_video(joined, sampling(9, mode))
    frames = list(extraction)
    assert extraction.seconds == pytest.approx(6, abs=0.2)
    assert extraction.dropped == ()
    for frame in frames:
        assert number_in(decoded(frame.jpeg)) == pytest.approx(frame.time * 30, abs=1.5)
    assert frames[-1].time > 5
