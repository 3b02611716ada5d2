"""Scenes: runs of frames that fit, merged into stretches of a video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from movietag.documents import FRAMES
from movietag.search.found import Frame, Scene, Scenes, timecode
from movietag.search.indices import Place, decoded
from movietag.search.queries import Json
from movietag.search.query import EVERYTHING, Node
from movietag.search.reader import Reader

ORDER = ("title", "movie_id", "tagger", "video_id", "slot")
MOST_FRAMES = 1000  # read at once

Widths = Mapping[tuple[str, str], float]
"""Seconds from one slot to the next, by movie id and video id."""


@dataclass(frozen=True, slots=True)
class SceneSearch:
    """Scenes of the frames that fit, by title, video and time.

    ``gap``: how many slots without what is asked for a scene may have between two with it.
    """

    where: Node = EVERYTHING
    limit: int = 20
    gap: int = 1
    place: Place | None = None  # of a page, for an answer in pages


async def frames(reader: Reader, where: Node, limit: int) -> tuple[Frame, ...]:
    """The first frames that fit, by title, video and time.

    Raises:
        TransientError: the server is away, or has no index of this vocabulary.
        UsageError: as ``Reader.asked``.
    """
    asked = await reader.asked(where, "frames")
    answer = await reader.indices.answer(FRAMES, _frames(asked.clause, limit))
    return tuple(_frame(hit) for hit in answer["hits"]["hits"])


async def scenes(reader: Reader, search: SceneSearch) -> Scenes:
    """The first scenes of the frames that fit, and how many frames these are.

    Raises:
        TransientError, UsageError: as ``frames``.
        GoneError: the search's place is not kept any longer.
    """
    asked = await reader.asked(search.where, "frames")
    place = search.place or Place(await reader.indices.open(FRAMES))
    runs, total, snapshot = await _runs(reader, asked.clause, search, place)
    shown = runs[: search.limit]
    widths = await _widths(reader, {run.frames[0].movie_id for run in shown})
    found = tuple(merged(run.frames, widths) for run in shown)
    if search.place is None:
        await reader.indices.close(snapshot)
    if search.place is None or len(runs) <= search.limit:
        return Scenes(total, found)
    return Scenes(total, found, Place(snapshot, shown[-1].end).token())


@dataclass(slots=True)
class _Run:
    """Frames that go on with each other; ``end``: the sort values of the last one."""

    frames: list[Frame]
    end: tuple[Any, ...]


async def _runs(
    reader: Reader, clause: Json, search: SceneSearch, place: Place
) -> tuple[list[_Run], int, str]:
    """One run more than asked for, if there are as many; how many frames fit; the snapshot."""
    size = min(MOST_FRAMES, 3 * search.limit + 20)
    runs: list[_Run] = []
    total: int | None = None
    while True:
        answer = await reader.indices.answer(FRAMES, _frames(clause, size, total), place)
        hits = answer["hits"]["hits"]
        total = answer["hits"]["total"]["value"] if total is None else total
        for hit in hits:
            frame, end = _frame(hit), tuple(hit["sort"])
            if runs and adjoins(runs[-1].frames[-1], frame, search.gap):
                runs[-1].frames.append(frame)
                runs[-1].end = end
            else:
                runs.append(_Run([frame], end))
        if len(runs) > search.limit or len(hits) < size:
            return runs, total, answer["pit_id"]
        place = Place(answer["pit_id"], runs[-1].end)


def adjoins(before: Frame, after: Frame, gap: int) -> bool:
    """Whether a frame goes on with the scene of the one before it, in ``ORDER``."""
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


def _video(frame: Frame) -> tuple[str, str, str]:
    return frame.movie_id, frame.tagger, frame.video_id


def _frames(clause: Json, size: int, total: int | None = None) -> Json:
    """The search for a page of frames, which counts them all unless ``total`` is known."""
    return {
        "query": clause,
        "sort": [{name: "asc"} for name in ORDER],
        "size": size,
        "track_total_hits": total is None,
    }


def _frame(hit: Json) -> Frame:
    return decoded(hit, Frame)


async def _widths(reader: Reader, movie_ids: Iterable[str]) -> Widths:
    """How far apart the slots of the movies' videos are, from their first and last frames."""
    asked = list(movie_ids)
    if not asked:
        return {}
    ends = {
        f"{end}_{name}": {end: {"field": name}}
        for end in ("min", "max")
        for name in ("time", "slot")
    }
    by_video = {"terms": {"field": "video_id", "size": 1000}, "aggs": ends}
    by_movie = {"terms": {"field": "movie_id", "size": len(asked)}, "aggs": {"videos": by_video}}
    body = {"query": {"terms": {"movie_id": asked}}, "size": 0, "aggs": {"movies": by_movie}}
    answer = await reader.indices.answer(FRAMES, body)
    return dict(_width(answer["aggregations"]["movies"]["buckets"]))


def _width(movies: Sequence[Json]) -> Iterator[tuple[tuple[str, str], float]]:
    for movie in movies:
        for video in movie["videos"]["buckets"]:
            slots = video["max_slot"]["value"] - video["min_slot"]["value"]
            seconds = video["max_time"]["value"] - video["min_time"]["value"]
            yield (movie["key"], video["key"]), seconds / slots if slots else 0.0
