"""Searches for frames and scenes; a scene is a run of matching frames in one video."""

from __future__ import annotations

import msgspec

from movietag.documents import FRAMES
from movietag.search.indices import decode_hits
from movietag.search.near import forgiving
from movietag.search.query import Node
from movietag.search.query.normal_form import NormalQuery
from movietag.search.reader import Reader
from movietag.search.results import Frame, Scenes
from movietag.search.scene_orders import ranked_frames, scene_order
from movietag.search.scene_pages import SceneFinder, SceneSearch, frames_body

__all__ = ["SceneSearch", "frames", "scenes"]


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
        TransientError, UsageError: see ``frames``; or the cursor belongs to another search; or the order needs words
            that the query does not have, or fewer frames.
        CursorExpiredError: another version of movietag made the cursor.
        SnapshotLostError: the search's snapshot is gone.
    """
    by = scene_order(search.by, NormalQuery.of(search.where))
    snapshot = search.snapshot or await reader.indices.open(FRAMES)

    async def find(where: Node) -> Scenes:
        prepared = await reader.prepare(NormalQuery.of(where), "frames", snapshot=snapshot)
        finder = SceneFinder(reader.indices, reader.widths, prepared.clause, search, snapshot)
        target = reader.target("frames")
        ranked = await ranked_frames(by, prepared, target, reader.indices, snapshot)
        if ranked is None:
            return await finder.by_title(prepared.about)
        return await finder.ranked(by, ranked, prepared.about)

    try:
        found = await forgiving(reader.indices, search.where, find, lambda scenes: scenes.frames)
    finally:
        if not search.snapshot:
            await reader.indices.close(snapshot)
    if not found.near:
        return found.answer
    return msgspec.structs.replace(found.answer, near=found.near)
