"""Runs of adjoining frames, and the scenes made of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from movietag.search.about import AboutHits
from movietag.search.naming import timecode
from movietag.search.results import Frame, Scene

Widths = Mapping[tuple[str, str], float]
"""(movie id, video id) -> seconds from one slot to the next."""


@dataclass(slots=True)
class FrameRun:
    """Adjoining frames in ``FRAME_ORDER``; ``ids`` and ``sorts`` (sort values) of their documents."""

    frames: list[Frame]
    ids: list[str]
    sorts: list[Sequence[Any]]

    def reverse(self) -> None:
        """Turn the order of the frames around."""
        for items in (self.frames, self.ids, self.sorts):
            items.reverse()


def extend_runs(
    runs: list[FrameRun], frame: Frame, doc_id: str, sort: Sequence[Any], gap: int
) -> None:
    """Add the next frame, or always the one before: to the last run if it adjoins it, else as a new run."""
    if runs and adjoins(runs[-1].frames[-1], frame, gap):
        runs[-1].frames.append(frame)
        runs[-1].ids.append(doc_id)
        runs[-1].sorts.append(sort)
    else:
        runs.append(FrameRun([frame], [doc_id], [sort]))


def adjoins(before: Frame, after: Frame, gap: int) -> bool:
    """Whether two frames, successive in ``FRAME_ORDER`` or its reverse, belong to one scene."""
    return _video(before) == _video(after) and abs(after.slot - before.slot) <= gap + 1


def scene_of(run: Sequence[Frame], widths: Widths) -> Scene:
    """The scene of a run of frames; it ends where the slot after the last one begins."""
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


def best_first(runs: Sequence[FrameRun], scores: Mapping[str, float]) -> list[FrameRun]:
    """The runs, ordered by their best frames; ``scores`` are those of frame documents, by id."""
    return sorted(runs, key=lambda run: -max(scores[doc_id] for doc_id in run.ids))


def with_evidence(scene: Scene, run: FrameRun, about: AboutHits) -> Scene:
    """The scene of a run, with its best frame."""
    best = max(run.ids, key=about.scores.__getitem__)
    return msgspec.structs.replace(scene, about=about.evidence[best])


def _video(frame: Frame) -> tuple[str, str, str]:
    return frame.movie_id, frame.tagger, frame.video_id
