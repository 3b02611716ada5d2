"""The mode `scenes`: slots go to the keyframes at which much changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_videos import sampling, textured, write_video

from movietag.frames.extract import extract_video
from movietag.frames.scene_cuts import Change, select


def test_each_part_gives_its_greatest_change_else_its_middle() -> None:
    changes = [
        Change(0, 255),
        Change(2, 3),
        Change(4, 9),
        Change(6, 5),
        Change(12, 1),
        Change(40, 9),
    ]
    assert select(changes, (0, 30), 3) == (0, 12, 25)
    assert select(changes, (1, 31), 3) == (4, 12, 26)
    assert select([], (0, 8), 2) == (2, 6)
    assert select(changes, (10, 10), 1) == (10,)


@pytest.mark.parametrize("end", ["mp4", "ts", "mkv"])
def test_slots_are_where_scenes_begin(tmp_path: Path, end: str) -> None:
    starts = (0, 17, 50, 61, 88)  # tenths of seconds; a keyframe each second
    shots = [textured(max(start for start in starts if start <= at)) for at in range(100)]
    path = write_video(tmp_path / f"a.{end}", shots, rate=10, gop=10)
    frames = list(extract_video(path, sampling(5, "scenes")))
    assert [round(one.time * 10) for one in frames] == [0, 20, 50, 70, 90]
    assert [one.slot for one in frames] == list(range(5))
    assert frames == list(extract_video(path, sampling(5, "scenes")))
