"""Timelines: which tags each frame of a video shows, slot by slot. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from movietag.search.results import Frame, Scene
from movietag.search.surroundings import VideoKey, video_of

ROWS: Final = 8  # tags per video
SCENE_ROWS: Final = 3  # tags per scene
SCENE_SLOTS: Final = 60  # of a video, in the timeline of a scene
_BEFORE: Final = 20  # of these, slots before the scene


@dataclass(frozen=True, slots=True)
class Timeline:
    """Successive slots of a video, each with a frame or None; and the tags shown as rows.

    ``marked``: the slots, by number, of the scene that it belongs to.
    """

    video_id: str
    tags: tuple[str, ...]
    slots: tuple[Frame | None, ...]
    marked: frozenset[int] = frozenset()

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of all slots that have one."""
        return tuple(frame for frame in self.slots if frame)


def timelines(frames: Sequence[Frame], tags: Sequence[str]) -> dict[str, Timeline]:
    """The timelines of one movie and tagger, by video id; ``tags`` are the movie's, best first."""
    by_video = sorted(frames, key=lambda frame: (frame.video_id, frame.slot))
    lines = {}
    for video_id, group in groupby(by_video, key=lambda frame: frame.video_id):
        of_video = list(group)
        seen = {tag for frame in of_video for tag in frame.tags}
        rows = [tag for tag in tags if tag in seen][:ROWS]
        lines[video_id] = Timeline(video_id, tuple(rows), _slots(of_video, 0))
    return lines


def scene_timelines(
    scenes: Sequence[Scene], around: Mapping[VideoKey, Sequence[Frame]]
) -> dict[tuple[VideoKey, int], Timeline]:
    """The timelines of scenes, by video and first slot, with the tags of the scene.

    Each has the whole video, or, of a long one, ``SCENE_SLOTS`` slots with the beginning of the scene. ``around`` has
    the frames of the videos, at least those up to ``SCENE_SLOTS`` from the first one of each scene.
    """
    lines = {}
    for scene in scenes:
        frames = around.get(video_of(scene), ())
        near = [frame for frame in frames if abs(frame.slot - scene.slot) <= SCENE_SLOTS]
        if near:  # the video may have been forgotten meanwhile
            lines[video_of(scene), scene.slot] = _of_scene(scene, near)
    return lines


def _of_scene(scene: Scene, near: Sequence[Frame]) -> Timeline:
    first = max(min(scene.slot - _BEFORE, near[-1].slot + 1 - SCENE_SLOTS), 0)
    frames = [frame for frame in near if first <= frame.slot < first + SCENE_SLOTS]
    marked = frozenset(
        frame.slot
        for frame in frames
        if frame.slot == scene.slot or scene.start <= frame.time < scene.end
    )
    tags = tuple(scene.tags)[:SCENE_ROWS]
    return Timeline(scene.video_id, tags, _slots(frames, first), marked)


def _slots(frames: Sequence[Frame], first: int) -> tuple[Frame | None, ...]:
    """The slots from number ``first`` to that of the last frame."""
    by_number = {frame.slot: frame for frame in frames}
    return tuple(by_number.get(number) for number in range(first, frames[-1].slot + 1))
