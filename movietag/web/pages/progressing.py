"""The progress view: movies on their way, what the stages do, and which servers answer."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from movietag.errors import TransientError
from movietag.search.found import Movie
from movietag.search.query.nodes import Field as Condition
from movietag.search.ranking import MovieSearch
from movietag.web.library import Library, Shared
from movietag.web.pages.rendering import page

MOST_RUNNING: Final = 40
MOST_LATEST: Final = 8

router = APIRouter(include_in_schema=False)


class Watched(BaseModel):
    """Titles that were just sent, by the ids of their movies, with a comma between them."""

    sent: str = Field("", max_length=5000)


@router.get("/progress")
async def progress(
    request: Request, library: Shared, watched: Annotated[Watched, Query()]
) -> Response:
    """The whole page."""
    return await _page(request, library, watched, "progress.html")


@router.get("/progress/now")
async def now(request: Request, library: Shared, watched: Annotated[Watched, Query()]) -> Response:
    """The part of it that changes."""
    return await _page(request, library, watched, "progress_now.html")


async def _page(request: Request, library: Library, watched: Watched, name: str) -> Response:
    found, works = await asyncio.gather(_movies(library), library.works.get())
    running, latest = found or ((), ())
    there = {movie.movie_id for movie in (*running, *latest)}
    sent = [movie_id for movie_id in watched.sent.split(",") if movie_id and movie_id not in there]
    return page(
        request,
        name,
        sent_now=watched.sent,
        waiting=sent,
        running=running,
        latest=latest,
        elasticsearch=found is not None,
        works=works,
    )


async def _movies(library: Library) -> tuple[tuple[Movie, ...], tuple[Movie, ...]] | None:
    """Those on their way, and those last finished; None without Elasticsearch."""
    running = MovieSearch(Condition("status", "running"), "recency", MOST_RUNNING)
    try:
        on_their_way, latest = await asyncio.gather(
            library.reader.movies(running),
            library.reader.movies(MovieSearch(by="recency", limit=MOST_LATEST)),
        )
    except TransientError:
        return None
    finished = tuple(movie for movie in latest.movies if movie.status != "running")
    return on_their_way.movies, finished
