"""Runs of frames that go on with each other, and the scenes that they are. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from movietag.search.about import Ranked
from movietag.search.results import Frame, Scene, timecode

Widths = Mapping[tuple[str, str], float]
"""Seconds from one slot to the next, by movie id and video id."""


@dataclass(slots=True)
class FrameRun:
    """Frames that go on with each other, in ``FRAME_ORDER``; ``ids`` of their documents, and the last's sort values."""

    frames: list[Frame]
    ids: list[str]
    end: tuple[Any, ...]


def add(runs: list[FrameRun], frame: Frame, doc_id: str, sort: Sequence[Any], gap: int) -> None:
    """The next frame in ``FRAME_ORDER``: it goes on with the last run, or begins one."""
    if runs and adjoins(runs[-1].frames[-1], frame, gap):
        runs[-1].frames.append(frame)
        runs[-1].ids.append(doc_id)
        runs[-1].end = tuple(sort)
    else:
        runs.append(FrameRun([frame], [doc_id], tuple(sort)))


def adjoins(before: Frame, after: Frame, gap: int) -> bool:
    """Whether a frame goes on with the scene of the one before it, in ``FRAME_ORDER``."""
    return _video(before) == _video(after) and after.slot - before.slot <= gap + 1


def merged(run: Sequence[Frame], widths: Widths) -> Scene:
    """The scene of a run of frames; it ends where the slot after its last one would begin."""
    first, last = run[0], run[-1]
    tags = Counter(tag for frame in run for tag in frame.tags)
    return Scene(
        movie_id=first.movie_id,
        title=first.title,
        year=first.year,
        tagger=first.tagger,
        video_id=first.video_id,
        video_title=first.video_title,
        start=first.time,
        end=round(last.time + widths.get((last.movie_id, last.video_id), 0.0), 2),
        timecode=timecode(first.time),
        frames=len(run),
        slot=first.slot,
        caption=first.caption,
        tags=dict(sorted(tags.items(), key=lambda item: (-item[1], item[0]))),
        link=first.link,
    )


def best_first(runs: Sequence[FrameRun], about: Ranked) -> list[FrameRun]:
    """The runs by the best of their frames."""
    return sorted(runs, key=lambda run: -about.scores[_best(run, about)])


def explained(scene: Scene, run: FrameRun, about: Ranked) -> Scene:
    """The scene of a run, with its best frame."""
    return msgspec.structs.replace(scene, about=about.evidence[_best(run, about)])


def _best(run: FrameRun, about: Ranked) -> str:
    return max(run.ids, key=about.scores.__getitem__)


def _video(frame: Frame) -> tuple[str, str, str]:
    return frame.movie_id, frame.tagger, frame.video_id
