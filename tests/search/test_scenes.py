"""Merging frames into scenes, and scenes of a real Elasticsearch filled with known movies."""

from __future__ import annotations

import pytest

from movietag.search.qualities import marks_of_captions
from movietag.search.query.nodes import Field
from movietag.search.reader import Reader
from movietag.search.results import Frame
from movietag.search.runs import adjoins, scene_of
from movietag.search.scenes import SceneSearch, frames, scenes


def frame(slot: int, tags: tuple[str, ...] = ("horror",), video: str = "v") -> Frame:
    link = f"http://127.0.0.1:9/{video}.mp4#t={slot * 2.0}"
    caption = f"Picture {slot}"
    return Frame("m", "M", 1999, "t", video, "Trailer", slot, slot * 2.0, caption, tags, link)


@pytest.mark.parametrize(
    ("before", "after", "gap", "expected"),
    [
        (frame(1), frame(2), 0, True),
        (frame(1), frame(3), 0, False),
        (frame(1), frame(3), 1, True),
        (frame(1), frame(4), 1, False),
        (frame(1), frame(2, video="w"), 1, False),
    ],
)
def test_what_goes_on_with_a_scene(before: Frame, after: Frame, gap: int, expected: bool) -> None:
    assert adjoins(before, after, gap) is expected


def test_a_scene_of_a_run() -> None:
    run = [frame(3), frame(4, ("horror", "dark")), frame(6, ("dark", "horror", "gothic"))]
    found = scene_of(run, {("m", "v"): 2.0})
    assert (found.start, found.end, found.timecode) == (6.0, 14.0, "0:06.0")
    assert found.tags == {"horror": 3, "dark": 2, "gothic": 1}
    assert list(found.tags) == ["horror", "dark", "gothic"]
    assert (found.frames, found.slot, found.caption, found.link) == (
        3,
        3,
        "Picture 3",
        "http://127.0.0.1:9/v.mp4#t=6.0",
    )


def test_the_only_frame_of_a_video_has_no_length() -> None:
    assert scene_of([frame(3)], {}).end == 6.0


class TestOnAServer:
    """The movie `harbor` has 82 slots 6.25 s apart, by turns of two videos; its first 20 show murder."""

    async def test_runs_become_scenes(self, reader: Reader) -> None:
        where = reader.parse("murder and movie:harbor", "frames")
        found = await scenes(reader, SceneSearch(where))
        assert found.frames == 20
        assert [(one.video_id, one.frames, one.start, one.end) for one in found.scenes] == [
            ("demo:a", 10, 0.0, 118.75),
            ("demo:b", 10, 6.25, 125.0),
        ]
        assert found.scenes[0].tags == {"gothic": 10, "horror": 10, "murder": 10}
        apart = await scenes(reader, SceneSearch(where, gap=0, limit=100))
        assert [one.frames for one in apart.scenes] == [1] * 20

    async def test_every_frame_of_a_movie(self, reader: Reader) -> None:
        found = await frames(reader, Field("movie", "harbor"), 1000)
        assert len(found) == 82
        assert len(await frames(reader, Field("movie", "harbor"), 5)) == 5

    async def test_nothing_found(self, reader: Reader) -> None:
        found = await scenes(reader, SceneSearch(reader.parse("allegory", "frames")))
        assert (found.frames, found.scenes) == (0, ())

    async def test_frames_are_found_by_the_mark_of_their_caption(self, reader: Reader) -> None:
        """Every tenth frame of a movie has a caption that is cut."""
        marked = await frames(reader, reader.parse("quality:cut and movie:harbor", "frames"), 99)
        assert {(one.slot % 10, one.quality) for one in marked} == {(9, "cut")}
        marks = await marks_of_captions(reader)
        assert marks["whole"] > 8 * marks["cut"] > 0
        assert marks.keys() == {"whole", "cut"}
