"""All results of a search, however many: read page by page from one snapshot, in the order of the search.

Every function returns a generator, which holds one page in memory; a caller that may stop early closes it
(``contextlib.aclosing``), which closes the snapshot. As in a search, near titles stand in for want of others.

Every function raises:
    TransientError: the server is unreachable, or has no index of this vocabulary.
    UsageError: see ``Reader.prepare``; or the query has no words to rank by text or meaning.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from movietag.documents import FRAMES, MOVIES, MovieBody
from movietag.search.converting import lifted, movie_from
from movietag.search.indices import decode_hit
from movietag.search.query import Node
from movietag.search.query.normal_form import NormalQuery
from movietag.search.ranking import By, MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Frame, Movie, Scene
from movietag.search.runs import FrameRun, extend_runs, scene_of
from movietag.search.scene_orders import MOST_MEASURED, SceneBy, scene_order
from movietag.search.scene_pages import MOST_FRAMES, frames_body
from movietag.search.scenes import SceneSearch, scenes

MOVIES_A_PAGE: Final = 500


async def every_movie(
    reader: Reader, where: Node, by: By | None = None
) -> AsyncGenerator[Movie, None]:
    """The matching movies, best first, with their lifts."""
    lifts = await reader.lifts()
    search = MovieSearch(await reader.forgiven(where, "movies"), by, lifts=lifts)
    ranked = await reader.ranked(search)
    body = {"query": ranked.query, "sort": ranked.page.order}
    async with aclosing(reader.indices.scan(MOVIES, body, MOVIES_A_PAGE)) as hits:
        async for hit in hits:
            document = decode_hit(hit, MovieBody)
            if document is None:
                continue
            movie = movie_from(document)
            if ranked.keeps(movie):
                yield lifted(movie, lifts)


async def every_scene(
    reader: Reader, where: Node, gap: int, by: SceneBy | None = None
) -> AsyncGenerator[Scene, None]:
    """The matching scenes; ``gap`` and the order ``by``: see ``SceneSearch``."""
    if scene_order(by, NormalQuery.of(where)) != "title":  # ranked as a whole: a page has them all
        for scene in (await scenes(reader, SceneSearch(where, MOST_MEASURED, gap, by=by))).scenes:
            yield scene
        return

    forgiven = await reader.forgiven(where, "frames")
    prepared = await reader.prepare(NormalQuery.of(forgiven), "frames")
    body = frames_body(prepared.clause, MOST_FRAMES, total=0)
    runs: list[FrameRun] = []
    async with aclosing(reader.indices.scan(FRAMES, body, MOST_FRAMES)) as hits:
        async for hit in hits:
            frame = decode_hit(hit, Frame)
            if frame is not None:
                extend_runs(runs, frame, hit["_id"], hit["sort"], gap)
            if len(runs) > 1:
                yield await _scene(reader, runs.pop(0))
    for run in runs:
        yield await _scene(reader, run)


async def _scene(reader: Reader, run: FrameRun) -> Scene:
    return scene_of(run.frames, await reader.widths.of({run.frames[0].movie_id}))
