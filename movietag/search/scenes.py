"""Searches for frames and scenes; a scene is a run of matching frames in one video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from movietag.documents import FRAME_ORDER, FRAMES, Json
from movietag.errors import UsageError
from movietag.search.about import AboutHits
from movietag.search.indices import Cursor, decode_hit, decode_hits, omitted
from movietag.search.query import EVERYTHING, Node
from movietag.search.reader import Reader
from movietag.search.results import Frame, Scenes
from movietag.search.runs import (
    FrameRun,
    Widths,
    best_first,
    extend_runs,
    scene_of,
    with_evidence,
)

MOST_FRAMES = 1000  # frames per request


@dataclass(frozen=True, slots=True)
class SceneSearch:
    """A search for scenes, by title, video and time; with `about:`, best first.

    ``gap``: how many slots that do not match may lie between two that do, within one scene.
    """

    where: Node = EVERYTHING
    limit: int = 20
    gap: int = 1
    cursor: Cursor | None = None  # where the page begins, for results in pages


async def frames(reader: Reader, where: Node, limit: int) -> tuple[Frame, ...]:
    """The first matching frames, by title, video and time.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
        UsageError: see ``Reader.prepare``.
    """
    prepared = await reader.prepare(where, "frames")
    answer = await reader.indices.search(FRAMES, _frames(prepared.clause, limit))
    return tuple(decode_hits(answer["hits"]["hits"], Frame))


async def scenes(reader: Reader, search: SceneSearch) -> Scenes:
    """The first scenes, and the total number of matching frames.

    Raises:
        TransientError, UsageError: see ``frames``.
        SnapshotExpiredError: the snapshot of the search's cursor has expired.
    """
    cursor = search.cursor or Cursor(await reader.indices.open(FRAMES))
    prepared = await reader.prepare(search.where, "frames", cursor=cursor)
    if prepared.about:
        results = await _best_scenes(reader, prepared.clause, prepared.about, search, cursor)
    else:
        results = await _scenes(reader, prepared.clause, search, cursor)
    if search.cursor is None:
        await reader.indices.close(cursor.snapshot)
    return results


async def _scenes(reader: Reader, clause: Json, search: SceneSearch, cursor: Cursor) -> Scenes:
    """By title, video and time."""
    runs, total, missing, snapshot = await _runs(reader, clause, search, cursor)
    page = runs[: search.limit]
    widths = await _widths(reader, {run.frames[0].movie_id for run in page})
    scenes = tuple(scene_of(run.frames, widths) for run in page)
    if search.cursor is None or len(runs) <= search.limit:
        return Scenes(total, scenes, unreadable=omitted(missing))
    return Scenes(total, scenes, Cursor(snapshot, page[-1].end).token(), omitted(missing))


async def _best_scenes(
    reader: Reader, clause: Json, about: AboutHits, search: SceneSearch, cursor: Cursor
) -> Scenes:
    """Scenes of the hits of `about:`, best first; the cursor's sort value is the number of scenes before."""
    skip = cursor.after[0] if cursor.after else 0
    if len(cursor.after) > 1 or not isinstance(skip, int) or skip < 0:
        raise UsageError("This is not a valid cursor here: repeat the search.")
    runs, missing = await _all_runs(reader, clause, len(about.scores), search.gap, cursor.snapshot)
    page = best_first(runs, about)[skip : skip + search.limit]
    widths = await _widths(reader, {run.frames[0].movie_id for run in page})
    scenes = tuple(with_evidence(scene_of(run.frames, widths), run, about) for run in page)
    total, end = sum(len(run.frames) for run in runs), skip + search.limit
    if search.cursor is None or len(runs) <= end:
        return Scenes(total, scenes, unreadable=omitted(missing))
    return Scenes(total, scenes, Cursor(cursor.snapshot, (end,)).token(), omitted(missing))


async def _all_runs(
    reader: Reader, clause: Json, size: int, gap: int, snapshot: str
) -> tuple[list[FrameRun], int]:
    """All runs of up to ``size`` frames; the number of frames omitted."""
    runs: list[FrameRun] = []
    missing = 0
    if size:
        answer = await reader.indices.search(FRAMES, _frames(clause, size, size), Cursor(snapshot))
        missing = _add(runs, answer["hits"]["hits"], gap)
    return runs, missing


async def _runs(
    reader: Reader, clause: Json, search: SceneSearch, cursor: Cursor
) -> tuple[list[FrameRun], int, int, str]:
    """One run more than the limit, if there are as many.

    Also returns the number of matching frames, the number omitted, and the snapshot.
    """
    size = min(MOST_FRAMES, 3 * search.limit + 20)
    runs: list[FrameRun] = []
    missing = 0
    total: int | None = None
    while True:
        answer = await reader.indices.search(FRAMES, _frames(clause, size, total), cursor)
        hits = answer["hits"]["hits"]
        total = answer["hits"]["total"]["value"] if total is None else total
        missing += _add(runs, hits, search.gap)
        if len(runs) > search.limit or len(hits) < size:
            return runs, total, missing, answer["pit_id"]
        cursor = Cursor(answer["pit_id"], tuple(hits[-1]["sort"]))


def _frames(clause: Json, size: int, total: int | None = None) -> Json:
    """The search for a page of frames; counts all matches unless ``total`` is known."""
    return {
        "query": clause,
        "sort": [{name: "asc"} for name in FRAME_ORDER],
        "size": size,
        "track_total_hits": total is None,
    }


def _add(runs: list[FrameRun], hits: Iterable[Json], gap: int) -> int:
    """Add frames to the runs; returns the number omitted because they cannot be decoded."""
    missing = 0
    for hit in hits:
        frame = decode_hit(hit, Frame)
        if frame is None:
            missing += 1
        else:
            extend_runs(runs, frame, hit["_id"], hit["sort"], gap)
    return missing


async def _widths(reader: Reader, movie_ids: Iterable[str]) -> Widths:
    """The seconds between slots of the movies' videos, computed from their first and last frames."""
    ids = list(movie_ids)
    if not ids:
        return {}
    ends = {
        f"{end}_{name}": {end: {"field": name}}
        for end in ("min", "max")
        for name in ("time", "slot")
    }
    by_video = {"terms": {"field": "video_id", "size": 1000}, "aggs": ends}
    by_movie = {"terms": {"field": "movie_id", "size": len(ids)}, "aggs": {"videos": by_video}}
    body = {"query": {"terms": {"movie_id": ids}}, "size": 0, "aggs": {"movies": by_movie}}
    answer = await reader.indices.search(FRAMES, body)
    return dict(_width(answer["aggregations"]["movies"]["buckets"]))


def _width(movies: Sequence[Json]) -> Iterator[tuple[tuple[str, str], float]]:
    for movie in movies:
        for video in movie["videos"]["buckets"]:
            slots = video["max_slot"]["value"] - video["min_slot"]["value"]
            seconds = video["max_time"]["value"] - video["min_time"]["value"]
            yield (movie["key"], video["key"]), seconds / slots if slots else 0.0
