"""Searches for frames and scenes; a scene is a run of matching frames in one video."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from movietag.documents import FRAME_ORDER, FRAMES, Json
from movietag.search.about import AboutHits
from movietag.search.cursors import Cursor, SearchId
from movietag.search.indices import Indices, decode_hit, decode_hits, omitted
from movietag.search.near import forgiving
from movietag.search.paging import PageRequest, turned
from movietag.search.query import EVERYTHING, Node
from movietag.search.query.normal_form import NormalQuery
from movietag.search.reader import Reader
from movietag.search.results import Frame, Scenes
from movietag.search.runs import (
    FrameRun,
    best_first,
    extend_runs,
    scene_of,
    with_evidence,
)
from movietag.search.slot_widths import SlotWidths

MOST_FRAMES = 1000  # frames per request
_BY_TIME: Final[list[Json]] = [{name: "asc"} for name in FRAME_ORDER]
_BEST: Final[list[Json]] = []  # no sort of the server's


@dataclass(frozen=True, slots=True)
class SceneSearch:
    """A search for scenes, by title, video and time; with `about:`, best first.

    ``gap``: how many slots that do not match may lie between two that do, within one scene.
    """

    where: Node = EVERYTHING
    limit: int = 20
    gap: int = 1
    cursor: Cursor | None = None  # where the page begins or ends; None: the first page
    snapshot: str = ""  # of `frames`, to search; empty: one of its own


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
    """A page of scenes, and the total number of matching frames.

    Raises:
        TransientError, UsageError: see ``frames``; or the cursor belongs to another search.
        CursorExpiredError: another version of movietag made the cursor.
        SnapshotLostError: the search's snapshot is gone.
    """
    snapshot = search.snapshot or await reader.indices.open(FRAMES)

    async def find(where: Node) -> Scenes:
        prepared = await reader.prepare(NormalQuery.of(where), "frames", snapshot=snapshot)
        finder = _SceneFinder(reader.indices, reader.widths, prepared.clause, search, snapshot)
        return await (finder.best(prepared.about) if prepared.about else finder.by_time())

    found = await forgiving(reader.indices, search.where, find, lambda scenes: scenes.frames)
    if not search.snapshot:
        await reader.indices.close(snapshot)
    if not found.near:
        return found.answer
    return msgspec.structs.replace(found.answer, near=found.near)


@dataclass(frozen=True, slots=True)
class _SceneFinder:
    """A prepared search for a page of scenes in an open snapshot."""

    indices: Indices
    widths: SlotWidths
    clause: Json
    search: SceneSearch
    snapshot: str

    async def by_time(self) -> Scenes:
        """By title, video and time."""
        wanted = self._page("time", _BY_TIME)
        runs, total, missing = await self._runs(wanted)
        if wanted.back and len(runs) <= wanted.limit:  # nothing before: the first page, whole
            wanted = replace(wanted, cursor=None)
            runs, total, missing = await self._runs(wanted)
        page = runs[: wanted.limit]
        if wanted.back:
            page.reverse()
            for run in page:
                run.reverse()
        widths = await self.widths.of({run.frames[0].movie_id for run in page})
        ends = (page[0].sorts[0], page[-1].sorts[-1]) if page else ((), ())
        turns = turned(wanted, ends, len(page), more=len(runs) > wanted.limit)
        return Scenes(
            total,
            tuple(scene_of(run.frames, widths) for run in page),
            turns.next,
            omitted(missing),
            previous=turns.previous,
            first=turns.first if page else msgspec.UNSET,
        )

    async def best(self, about: AboutHits) -> Scenes:
        """Of the hits of `about:`, best first; the cursor's position is the number of scenes before."""
        wanted = self._page("meaning", _BEST)
        runs, missing = await self._all_runs(len(about.scores))
        start = wanted.cursor.before if wanted.cursor else 0
        if wanted.back:
            start = max(min(start, len(runs)) - wanted.limit, 0)
        end = start + wanted.limit
        page = best_first(runs, about)[start:end]
        widths = await self.widths.of({run.frames[0].movie_id for run in page})
        return Scenes(
            sum(len(run.frames) for run in runs),
            tuple(with_evidence(scene_of(run.frames, widths), run, about) for run in page),
            wanted.following((), end) if end < len(runs) else msgspec.UNSET,
            omitted(missing),
            previous=wanted.previous((), start) if start else msgspec.UNSET,
            first=start + 1 if page else msgspec.UNSET,
        )

    def _page(self, by: str, order: Sequence[Json]) -> PageRequest:
        """The page of the search, in this order.

        Raises:
            UsageError, CursorExpiredError: see ``Cursor.check``.
        """
        search_id = SearchId.of("frames", self.search.where, by, order)
        if self.search.cursor:
            self.search.cursor.check(search_id)
        return PageRequest(
            search_id, order, self.search.limit, self.search.cursor, self.search.snapshot
        )

    async def _all_runs(self, size: int) -> tuple[list[FrameRun], int]:
        """All runs of up to ``size`` frames; the number of frames omitted."""
        runs: list[FrameRun] = []
        missing = 0
        if size:
            body = frames_body(self.clause, size, size)
            answer = await self.indices.search(FRAMES, body, self.snapshot)
            missing = _add(runs, answer["hits"]["hits"], self.search.gap)
        return runs, missing

    async def _runs(self, wanted: PageRequest) -> tuple[list[FrameRun], int, int]:
        """One run more than the limit, if there are as many, in the page's direction.

        Also returns the number of matching frames, and the number omitted.
        """
        size = min(MOST_FRAMES, 3 * wanted.limit + 20)
        body = {"query": self.clause, "track_total_hits": True, **wanted.body(), "size": size}
        runs: list[FrameRun] = []
        missing = 0
        total: int | None = None
        while True:
            answer = await self.indices.search(FRAMES, body, self.snapshot)
            hits = answer["hits"]["hits"]
            total = answer["hits"]["total"]["value"] if total is None else total
            missing += _add(runs, hits, self.search.gap)
            if len(runs) > wanted.limit or len(hits) < size:
                return runs, total, missing
            body |= {"search_after": hits[-1]["sort"], "track_total_hits": False}


def frames_body(clause: Json, size: int, total: int | None = None) -> Json:
    """The search for the first frames; counts all matches unless ``total`` is known."""
    return {"query": clause, "sort": _BY_TIME, "size": size, "track_total_hits": total is None}


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
