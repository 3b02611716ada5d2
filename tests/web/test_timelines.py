"""Timelines of videos and of scenes: their slots, rows and marks."""

from __future__ import annotations

import pytest

from movietag.search.results import Frame, Scene
from movietag.search.runs import scene_of
from movietag.search.surroundings import video_of
from movietag.web.pages.timelines import (
    ROWS,
    SCENE_ROWS,
    SCENE_SLOTS,
    Timeline,
    scene_timelines,
    timelines,
)


def frame(video_id: str, slot: int, *tags: str) -> Frame:
    return Frame("m", "M", None, "t", video_id, "V", slot, slot * 1.0, "", tags, "")


def test_timelines_have_a_place_for_every_slot_up_to_the_last() -> None:
    found = timelines(
        [frame("b", 1, "comedy"), frame("a", 3, "horror", "cult"), frame("a", 0, "horror")],
        ("cult", "horror", "comedy"),
    )
    assert {video: [one and one.slot for one in line.slots] for video, line in found.items()} == {
        "a": [0, None, None, 3],
        "b": [None, 1],
    }
    assert [one.slot for one in found["a"].frames] == [0, 3]


def test_rows_of_a_timeline_are_tags_that_it_shows_in_the_movies_order() -> None:
    tags = ("cult", "horror", "comedy")
    found = timelines([frame("a", 0, "horror", "unknown"), frame("b", 0, "horror", "cult")], tags)
    assert {video: line.tags for video, line in found.items()} == {
        "a": ("horror",),
        "b": ("cult", "horror"),
    }
    many = tuple(f"tag{n}" for n in range(20))
    assert timelines([frame("a", 0, *many[::-1])], many)["a"].tags == many[:ROWS]


def test_without_frames_there_are_no_timelines() -> None:
    assert timelines([], ("cult",)) == {}


def of_scene(slots: range, video: list[Frame]) -> tuple[Scene, Timeline]:
    """The scene of these slots of a video, and its timeline."""
    run = [one for one in video if one.slot in slots]
    scene = scene_of(run, {("m", "a"): 1.0})
    (line,) = scene_timelines([scene], {video_of(scene): video}).values()
    return scene, line


def numbers(line: Timeline) -> list[int | None]:
    return [frame and frame.slot for frame in line.slots]


def test_a_scene_is_marked_in_the_timeline_of_its_video() -> None:
    video = [frame("a", slot, "horror") for slot in (0, 1, 3, 4, 5)]
    _, line = of_scene(range(3, 5), video)
    assert numbers(line) == [0, 1, None, 3, 4, 5]
    assert line.marked == {3, 4}
    assert line.tags == ("horror",)


@pytest.mark.parametrize(
    ("length", "slots", "first", "last"),
    [
        (SCENE_SLOTS, range(59, 60), 0, 59),
        (500, range(3), 0, 59),
        (500, range(250, 300), 230, 289),
        (500, range(499, 500), 440, 499),
    ],
)
def test_of_a_long_video_the_surroundings_of_the_scene_are_shown(
    length: int, slots: range, first: int, last: int
) -> None:
    video = [frame("a", slot, "horror") for slot in range(length)]
    scene, line = of_scene(slots, video)
    assert numbers(line) == list(range(first, last + 1))
    assert scene.slot in line.marked
    assert line.marked == set(slots) & set(range(first, last + 1))


def test_a_slot_without_a_frame_at_the_edge_of_the_window_has_a_place() -> None:
    video = [frame("a", slot) for slot in range(500) if slot != 230]
    _, line = of_scene(range(250, 251), video)
    assert numbers(line) == [None, *range(231, 290)]


def test_rows_of_a_scene_are_its_most_frequent_tags() -> None:
    tags = tuple(f"tag{n}" for n in range(9))
    video = [frame("a", 0, *tags), frame("a", 1, tags[5], tags[7]), frame("a", 2, "other")]
    _, line = of_scene(range(2), video)
    assert line.tags == ("tag5", "tag7", "tag0")[:SCENE_ROWS]


def test_a_scene_whose_frames_are_gone_has_no_timeline() -> None:
    scene = scene_of([frame("a", 3)], {})
    assert scene_timelines([scene], {}) == {}
