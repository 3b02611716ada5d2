"""Scenes: runs of frames that fit, merged into stretches of a video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from movietag.documents import FRAME_ORDER, FRAMES
from movietag.errors import UsageError
from movietag.search.about import Ranked
from movietag.search.indices import Cursor, decoded, left_out, legible
from movietag.search.queries import Json
from movietag.search.query import EVERYTHING, Node
from movietag.search.reader import Reader
from movietag.search.results import Frame, Scenes
from movietag.search.runs import FrameRun, Widths, add, adjoins, best_first, explained, merged

__all__ = ["SceneSearch", "adjoins", "frames", "merged", "scenes"]

MOST_FRAMES = 1000  # read at once


@dataclass(frozen=True, slots=True)
class SceneSearch:
    """Scenes of the frames that fit, by title, video and time; with `about:` the best first.

    ``gap``: how many slots without what is asked for a scene may have between two with it.
    """

    where: Node = EVERYTHING
    limit: int = 20
    gap: int = 1
    place: Cursor | None = None  # of a page, for an answer in pages


async def frames(reader: Reader, where: Node, limit: int) -> tuple[Frame, ...]:
    """The first frames that fit, by title, video and time.

    Raises:
        TransientError: the server is away, or has no index of this vocabulary.
        UsageError: as ``Reader.asked``.
    """
    asked = await reader.asked(where, "frames")
    answer = await reader.indices.answer(FRAMES, _frames(asked.clause, limit))
    return tuple(legible(answer["hits"]["hits"], Frame))


async def scenes(reader: Reader, search: SceneSearch) -> Scenes:
    """The first scenes of the frames that fit, and how many frames these are.

    Raises:
        TransientError, UsageError: as ``frames``.
        GoneError: the search's place is not kept any longer.
    """
    place = search.place or Cursor(await reader.indices.open(FRAMES))
    asked = await reader.asked(search.where, "frames", place=place)
    if asked.about:
        found = await _best_scenes(reader, asked.clause, asked.about, search, place)
    else:
        found = await _scenes(reader, asked.clause, search, place)
    if search.place is None:
        await reader.indices.close(place.snapshot)
    return found


async def _scenes(reader: Reader, clause: Json, search: SceneSearch, place: Cursor) -> Scenes:
    """By title, video and time."""
    runs, total, missing, snapshot = await _runs(reader, clause, search, place)
    shown = runs[: search.limit]
    widths = await _widths(reader, {run.frames[0].movie_id for run in shown})
    found = tuple(merged(run.frames, widths) for run in shown)
    if search.place is None or len(runs) <= search.limit:
        return Scenes(total, found, unreadable=left_out(missing))
    return Scenes(total, found, Cursor(snapshot, shown[-1].end).token(), left_out(missing))


async def _best_scenes(
    reader: Reader, clause: Json, about: Ranked, search: SceneSearch, place: Cursor
) -> Scenes:
    """Those of the frames that `about:` found, the best first; a place is how many come before."""
    skip = place.after[0] if place.after else 0
    if len(place.after) > 1 or not isinstance(skip, int) or skip < 0:
        raise UsageError("This is no place in this answer: search anew.")
    runs, missing = await _all_runs(reader, clause, len(about.scores), search.gap, place.snapshot)
    shown = best_first(runs, about)[skip : skip + search.limit]
    widths = await _widths(reader, {run.frames[0].movie_id for run in shown})
    found = tuple(explained(merged(run.frames, widths), run, about) for run in shown)
    total, end = sum(len(run.frames) for run in runs), skip + search.limit
    if search.place is None or len(runs) <= end:
        return Scenes(total, found, unreadable=left_out(missing))
    return Scenes(total, found, Cursor(place.snapshot, (end,)).token(), left_out(missing))


async def _all_runs(
    reader: Reader, clause: Json, size: int, gap: int, snapshot: str
) -> tuple[list[FrameRun], int]:
    """The runs of frames that are ``size`` at most; how many frames are left out."""
    runs: list[FrameRun] = []
    missing = 0
    if size:
        answer = await reader.indices.answer(FRAMES, _frames(clause, size, size), Cursor(snapshot))
        missing = _add(runs, answer["hits"]["hits"], gap)
    return runs, missing


async def _runs(
    reader: Reader, clause: Json, search: SceneSearch, place: Cursor
) -> tuple[list[FrameRun], int, int, str]:
    """One run more than asked for, if there are as many; how many frames fit, and are left out; the snapshot."""
    size = min(MOST_FRAMES, 3 * search.limit + 20)
    runs: list[FrameRun] = []
    missing = 0
    total: int | None = None
    while True:
        answer = await reader.indices.answer(FRAMES, _frames(clause, size, total), place)
        hits = answer["hits"]["hits"]
        total = answer["hits"]["total"]["value"] if total is None else total
        missing += _add(runs, hits, search.gap)
        if len(runs) > search.limit or len(hits) < size:
            return runs, total, missing, answer["pit_id"]
        place = Cursor(answer["pit_id"], tuple(hits[-1]["sort"]))


def _frames(clause: Json, size: int, total: int | None = None) -> Json:
    """The search for a page of frames, which counts them all unless ``total`` is known."""
    return {
        "query": clause,
        "sort": [{name: "asc"} for name in FRAME_ORDER],
        "size": size,
        "track_total_hits": total is None,
    }


def _add(runs: list[FrameRun], hits: Iterable[Json], gap: int) -> int:
    """Add frames to the runs; returns how many are left out, because they cannot be read."""
    missing = 0
    for hit in hits:
        frame = decoded(hit, Frame)
        if frame is None:
            missing += 1
        else:
            add(runs, frame, hit["_id"], hit["sort"], gap)
    return missing


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
