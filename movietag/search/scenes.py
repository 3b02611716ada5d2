"""Searches for frames and scenes; a scene is a run of matching frames in one video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from movietag.documents import FRAME_ORDER, FRAMES, Json
from movietag.errors import UsageError
from movietag.search.about import AboutHits
from movietag.search.indices import Cursor, Indices, decode_hit, decode_hits, omitted
from movietag.search.near import forgiving
from movietag.search.query import EVERYTHING, Node
from movietag.search.query.normal_form import NormalQuery
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

    async def search(query: Node) -> tuple[Frame, ...]:
        prepared = await reader.prepare(NormalQuery.of(query), "frames")
        answer = await reader.indices.search(FRAMES, frames_body(prepared.clause, limit))
        return tuple(decode_hits(answer["hits"]["hits"], Frame))

    return (await forgiving(reader.indices, where, search, len)).answer


async def scenes(reader: Reader, search: SceneSearch) -> Scenes:
    """The first scenes, and the total number of matching frames.

    Raises:
        TransientError, UsageError: see ``frames``.
        SnapshotExpiredError: the snapshot of the search's cursor has expired.
    """
    cursor = search.cursor or Cursor(await reader.indices.open(FRAMES))

    async def find(where: Node) -> Scenes:
        prepared = await reader.prepare(NormalQuery.of(where), "frames", cursor=cursor)
        finder = _SceneFinder(reader.indices, prepared.clause, search, cursor)
        return await (finder.best(prepared.about) if prepared.about else finder.by_time())

    found = await forgiving(reader.indices, search.where, find, lambda scenes: scenes.frames)
    if search.cursor is None:
        await reader.indices.close(cursor.snapshot)
    if not found.near:
        return found.answer
    return msgspec.structs.replace(found.answer, near=found.near)


@dataclass(frozen=True, slots=True)
class _SceneFinder:
    """A prepared search for scenes; ``cursor``: where the page begins, in an open snapshot."""

    indices: Indices
    clause: Json
    search: SceneSearch
    cursor: Cursor

    async def by_time(self) -> Scenes:
        """By title, video and time."""
        runs, total, missing, snapshot = await self._runs()
        page = runs[: self.search.limit]
        widths = await slot_widths(self.indices, {run.frames[0].movie_id for run in page})
        scenes = tuple(scene_of(run.frames, widths) for run in page)
        if self.search.cursor is None or len(runs) <= self.search.limit:
            return Scenes(total, scenes, unreadable=omitted(missing))
        return Scenes(total, scenes, Cursor(snapshot, page[-1].end).token(), omitted(missing))

    async def best(self, about: AboutHits) -> Scenes:
        """Of the hits of `about:`, best first; the cursor's sort value is the number of scenes before."""
        after = self.cursor.after
        skip = after[0] if after else 0
        if len(after) > 1 or not isinstance(skip, int) or skip < 0:
            raise UsageError("This is not a valid cursor here: repeat the search.")
        runs, missing = await self._all_runs(len(about.scores))
        end = skip + self.search.limit
        page = best_first(runs, about)[skip:end]
        widths = await slot_widths(self.indices, {run.frames[0].movie_id for run in page})
        scenes = tuple(with_evidence(scene_of(run.frames, widths), run, about) for run in page)
        total = sum(len(run.frames) for run in runs)
        if self.search.cursor is None or len(runs) <= end:
            return Scenes(total, scenes, unreadable=omitted(missing))
        following = Cursor(self.cursor.snapshot, (end,)).token()
        return Scenes(total, scenes, following, omitted(missing))

    async def _all_runs(self, size: int) -> tuple[list[FrameRun], int]:
        """All runs of up to ``size`` frames; the number of frames omitted."""
        runs: list[FrameRun] = []
        missing = 0
        if size:
            body = frames_body(self.clause, size, size)
            answer = await self.indices.search(FRAMES, body, Cursor(self.cursor.snapshot))
            missing = _add(runs, answer["hits"]["hits"], self.search.gap)
        return runs, missing

    async def _runs(self) -> tuple[list[FrameRun], int, int, str]:
        """One run more than the limit, if there are as many.

        Also returns the number of matching frames, the number omitted, and the snapshot.
        """
        size = min(MOST_FRAMES, 3 * self.search.limit + 20)
        runs: list[FrameRun] = []
        missing = 0
        total: int | None = None
        cursor = self.cursor
        while True:
            answer = await self.indices.search(
                FRAMES, frames_body(self.clause, size, total), cursor
            )
            hits = answer["hits"]["hits"]
            total = answer["hits"]["total"]["value"] if total is None else total
            missing += _add(runs, hits, self.search.gap)
            if len(runs) > self.search.limit or len(hits) < size:
                return runs, total, missing, answer["pit_id"]
            cursor = Cursor(answer["pit_id"], tuple(hits[-1]["sort"]))


def frames_body(clause: Json, size: int, total: int | None = None) -> Json:
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


async def slot_widths(indices: Indices, movie_ids: Iterable[str]) -> Widths:
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
    answer = await indices.search(FRAMES, body)
    return dict(_width(answer["aggregations"]["movies"]["buckets"]))


def _width(movies: Sequence[Json]) -> Iterator[tuple[tuple[str, str], float]]:
    for movie in movies:
        for video in movie["videos"]["buckets"]:
            slots = video["max_slot"]["value"] - video["min_slot"]["value"]
            seconds = video["max_time"]["value"] - video["min_time"]["value"]
            yield (movie["key"], video["key"]), seconds / slots if slots else 0.0
