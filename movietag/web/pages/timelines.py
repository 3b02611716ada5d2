"""Timelines: which of a movie's tags each frame of a video shows, slot by slot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from movietag.search.results import Frame

ROWS: Final = 8  # tags per video


@dataclass(frozen=True, slots=True)
class Timeline:
    """A video's slots from 0, each with a frame or None; and the tags shown as rows, in the movie's order."""

    video_id: str
    tags: tuple[str, ...]
    slots: tuple[Frame | None, ...]

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of all slots that have one."""
        return tuple(frame for frame in self.slots if frame)


def timelines(frames: Sequence[Frame], tags: Sequence[str]) -> dict[str, Timeline]:
    """The timelines of one movie and tagger, by video id; ``tags`` are the movie's, best first."""
    by_video = sorted(frames, key=lambda frame: (frame.video_id, frame.slot))
    return {
        video_id: _timeline(video_id, list(group), tags)
        for video_id, group in groupby(by_video, key=lambda frame: frame.video_id)
    }


def _timeline(video_id: str, frames: Sequence[Frame], tags: Sequence[str]) -> Timeline:
    slots: list[Frame | None] = [None] * (frames[-1].slot + 1)
    for frame in frames:
        slots[frame.slot] = frame
    seen = {tag for frame in frames for tag in frame.tags}
    rows = [tag for tag in tags if tag in seen][:ROWS]
    return Timeline(video_id, tuple(rows), tuple(slots))
