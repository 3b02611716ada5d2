"""Pages of scenes in an open snapshot: runs of frames as they come by title, or of a ranked set of frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from movietag.documents import FRAMES, Json
from movietag.errors import UsageError
from movietag.search.about import AboutHits
from movietag.search.cursors import Cursor, SearchId
from movietag.search.indices import Indices, decode_hit, omitted
from movietag.search.paging import PageRequest, turned
from movietag.search.query import EVERYTHING, Node
from movietag.search.results import Frame, Scene, Scenes
from movietag.search.runs import FrameRun, Widths, extend_runs, scene_of, with_evidence
from movietag.search.scene_orders import BY_PLACE, RankedFrames, SceneBy
from movietag.search.slot_widths import SlotWidths

MOST_FRAMES = 1000  # frames per request


@dataclass(frozen=True, slots=True)
class SceneSearch:
    """A search for scenes.

    ``gap``: how many slots that do not match may lie between two that do, within one scene. ``by``: the order: by
    title, video and time; by length, in slots; by how well captions match its `text:`, or its `about:`, of which only
    the best frames count. None: by meaning with an `about:`, else by title.
    """

    where: Node = EVERYTHING
    limit: int = 20
    gap: int = 1
    cursor: Cursor | None = None  # where the page begins or ends; None: the first page
    snapshot: str = ""  # of `frames`, to search; empty: one of its own
    by: SceneBy | None = None


@dataclass(frozen=True, slots=True)
class SceneFinder:
    """A prepared search for a page of scenes in an open snapshot."""

    indices: Indices
    widths: SlotWidths
    clause: Json
    search: SceneSearch
    snapshot: str

    async def by_title(self, about: AboutHits | None) -> Scenes:
        """By title, video and time; ``about``: with the frames that matched it best."""
        wanted = self._page("title", BY_PLACE)
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
            tuple(self._scene(run, widths, about) for run in page),
            turns.next,
            omitted(missing),
            previous=turns.previous,
            first=turns.first if page else msgspec.UNSET,
        )

    async def ranked(self, by: SceneBy, frames: RankedFrames, about: AboutHits | None) -> Scenes:
        """Of ranked frames, in their order; the cursor's position is the number of scenes before."""
        wanted = self._page(by, [])
        runs, missing = await self._all_runs(frames)
        start = wanted.cursor.before if wanted.cursor else 0
        if wanted.back:
            start = max(min(start, len(runs)) - wanted.limit, 0)
        end = start + wanted.limit
        page = frames.ordered(runs)[start:end]
        widths = await self.widths.of({run.frames[0].movie_id for run in page})
        return Scenes(
            sum(len(run.frames) for run in runs),
            tuple(self._scene(run, widths, about) for run in page),
            wanted.following((), end) if end < len(runs) else msgspec.UNSET,
            omitted(missing),
            previous=wanted.previous((), start) if start else msgspec.UNSET,
            first=start + 1 if page else msgspec.UNSET,
        )

    def _scene(self, run: FrameRun, widths: Widths, about: AboutHits | None) -> Scene:
        scene = scene_of(run.frames, widths)
        return with_evidence(scene, run, about) if about else scene

    def _page(self, by: str, order: Sequence[Json]) -> PageRequest:
        """The page of the search, in this order.

        Raises:
            UsageError: the cursor has a sort value that no frame has.
            UsageError, CursorExpiredError: see ``Cursor.check``.
        """
        search_id = SearchId.of("frames", self.search.where, by, order)
        if self.search.cursor:
            self.search.cursor.check(search_id)
            if (
                None in self.search.cursor.after
            ):  # of a frame all are known; Elasticsearch fails on it
                raise UsageError(
                    "This is not a valid page token (null): repeat the search without it."
                )
        return PageRequest(
            search_id, order, self.search.limit, self.search.cursor, self.search.snapshot
        )

    async def _all_runs(self, frames: RankedFrames) -> tuple[list[FrameRun], int]:
        """All runs of the frames; the number of frames omitted."""
        runs: list[FrameRun] = []
        missing = 0
        if frames.size:
            body = frames_body(frames.clause, frames.size, frames.size)
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
    return {"query": clause, "sort": BY_PLACE, "size": size, "track_total_hits": total is None}


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
