"""The progress view: movies on their way, what the stages do, and which servers answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from movietag.errors import TransientError
from movietag.search.query.nodes import Field as Condition
from movietag.search.ranking import MovieSearch
from movietag.search.results import Movie
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
    sent = list(dict.fromkeys(filter(None, watched.sent.split(","))))
    found, works = await asyncio.gather(_movies(library, sent), library.works.get())
    movies = found or ()
    there = {movie.movie_id for movie in movies}
    return page(
        request,
        name,
        sent_now=watched.sent,
        waiting=[movie_id for movie_id in sent if movie_id not in there],
        running=[movie for movie in movies if movie.status == "running"],
        latest=[movie for movie in movies if movie.status != "running"],
        elasticsearch=found is not None,
        works=works,
    )


async def _movies(library: Library, sent: Sequence[str]) -> Sequence[Movie] | None:
    """Those that were sent, those on their way, and those last finished; None without Elasticsearch."""
    running = MovieSearch(Condition("status", "running"), "recency", MOST_RUNNING)
    try:
        own, on_their_way, latest = await asyncio.gather(
            library.reader.movies_named(sent),
            library.reader.movies(running),
            library.reader.movies(MovieSearch(by="recency", limit=MOST_LATEST)),
        )
    except TransientError:
        return None
    all_of_them = (*chain(*own), *on_their_way.movies, *latest.movies)
    return tuple({(movie.movie_id, movie.tagger): movie for movie in all_of_them}.values())
