"""The scenes view: stretches of videos that match a query."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from movietag.errors import UsageError
from movietag.exporting.formats import has_parquet
from movietag.playing.clips import ClipRange
from movietag.search.cursors import cursor_of
from movietag.search.query import EVERYTHING, Node, QueryError
from movietag.search.query.normal_form import NormalQuery
from movietag.search.results import QueryReading, Scenes
from movietag.search.scene_facets import SceneFacets, scene_facets
from movietag.search.scene_orders import SceneBy
from movietag.search.surroundings import frames_around, video_of
from movietag.search.understanding import understand
from movietag.web.library import LibraryRoute, Shared
from movietag.web.lookups import scenes_page
from movietag.web.pages.editing import chips
from movietag.web.pages.mistakes import Mistake, mistake, other_mistake
from movietag.web.pages.narrowing import scene_groups
from movietag.web.pages.rendering import page
from movietag.web.pages.searching import PageParameters
from movietag.web.pages.timelines import SCENE_SLOTS, scene_timelines
from movietag.web.players import policy_for

SCENES_A_PAGE: Final = 24

ORDERS: Final[dict[SceneBy, str]] = {
    "text": "Text",
    "meaning": "Meaning",
    "title": "Title",
    "length": "Longest",
}

router = APIRouter(route_class=LibraryRoute, include_in_schema=False)


class SceneParameters(PageParameters):
    """The parameters of the scenes view; without ``by`` the query decides the order."""

    by: SceneBy | None = None


@router.get("/scenes")
async def scenes(
    request: Request, library: Shared, parameters: Annotated[SceneParameters, Query()]
) -> Response:
    """The scenes that match a query."""
    query: Node = EVERYTHING
    wrong: Mistake | None = None
    found: Scenes | None = None
    counted: SceneFacets | None = None
    reading: QueryReading | None = None
    try:
        cursor = cursor_of(parameters.next, parameters.previous)
        understood = await understand(library.reader, parameters.q, "frames", cursor)
        query, reading = understood.node, understood.reading
        found, counted = await asyncio.gather(
            scenes_page(library, understood, parameters.by, SCENES_A_PAGE, cursor),
            scene_facets(library.reader, query),
        )
    except QueryError as error:
        wrong = mistake(
            error, parameters.q, library.reader.names, about=library.reader.meaning_search.enabled
        )
    except UsageError as error:
        wrong = other_mistake(error)
    players = await asyncio.to_thread(library.players.of_scenes, found.scenes if found else ())
    played = [
        one for one in (found.scenes if found else ()) if (one.movie_id, one.video_id) in players
    ]
    around = await frames_around(library.reader, played, SCENE_SLOTS)
    normal = NormalQuery.of(query)
    return page(
        request,
        "scenes.html",
        wrong.status if wrong else HTTPStatus.OK,
        policy_for(players.values()),
        players=players,
        timelines=scene_timelines(played, around),
        video_of=video_of,
        clip_of=ClipRange.of_scene,
        q=parameters.q,
        asked=reading.query if reading else parameters.q,
        reading=reading,
        by=parameters.by,
        order=parameters.by or ("meaning" if normal.about else "title"),
        orders=_orders(normal),
        chips=list(chips(query, library.reader.not_cut, ratios=False)),
        groups=list(scene_groups(library.reader, query, counted)) if counted else [],
        mistake=wrong,
        found=found,
        paged=parameters.paged,
        parquet=has_parquet(),
    )


def _orders(query: NormalQuery) -> dict[SceneBy, str]:
    """The orders available for a query."""
    needed = {"text": bool(query.texts), "meaning": query.about is not None}
    return {name: text for name, text in ORDERS.items() if needed.get(name, True)}
