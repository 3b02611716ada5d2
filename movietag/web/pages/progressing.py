"""The progress view: movies in progress, the state of the stages, and which servers respond."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from movietag.awaiting import Awaited
from movietag.errors import TransientError
from movietag.search.progress import progress_of
from movietag.search.query.nodes import Field as Condition
from movietag.search.ranking import MovieSearch
from movietag.search.results import Movie
from movietag.web.library import Library, Shared
from movietag.web.pages.rendering import page

NO_MORE: Final = 286  # htmx does not ask again
NOW: Final = "progress_now.html"
MOST_RUNNING: Final = 40
MOST_LATEST: Final = 8

router = APIRouter(include_in_schema=False)


class Watched(BaseModel):
    """Titles just sent, as their movies' ids, separated by commas."""

    sent: str = Field("", max_length=5000)


@router.get("/progress")
async def progress(
    request: Request, library: Shared, watched: Annotated[Watched, Query()]
) -> Response:
    """The whole page."""
    return await _page(request, library, watched, "progress.html")


@router.get("/progress/now")
async def now(request: Request, library: Shared, watched: Annotated[Watched, Query()]) -> Response:
    """The part of the page that is refreshed, until all that was sent has ended."""
    return await _page(request, library, watched, NOW)


async def _page(request: Request, library: Library, watched: Watched, name: str) -> Response:
    sent = list(dict.fromkeys(filter(None, watched.sent.split(","))))
    found, system, all_of_it = await asyncio.gather(
        _movies(library, sent), library.system.get(), library.progress.get()
    )
    movies = found or ()
    known = {movie.movie_id for movie in movies}
    missing = [movie_id for movie_id in sent if movie_id not in known]
    waiting = [Awaited(movie_id) for movie_id in missing]
    if found is not None:
        waiting = await library.waiting.awaited(library.reader, missing)
    running = [movie for movie in movies if movie.status == "running"]
    own = [movie for movie in movies if movie.movie_id in sent]
    ended = (
        bool(sent)
        and found is not None
        and all(progress_of(movie).ended for movie in own)
        and all(one.state != "waiting" for one in waiting)
    )
    return page(
        request,
        name,
        status=NO_MORE if ended and not running and name == NOW else 200,
        sent_now=watched.sent,
        waiting=waiting,
        running=running,
        latest=[movie for movie in movies if movie.status != "running"],
        ended=ended,
        elasticsearch=found is not None,
        system=system,
        all_of_it=all_of_it,
    )


async def _movies(library: Library, sent: Sequence[str]) -> Sequence[Movie] | None:
    """The movies just sent, in progress, and last finished; None without Elasticsearch."""
    running = MovieSearch(Condition("status", "running"), "recency", MOST_RUNNING)
    try:
        own, in_progress, latest = await asyncio.gather(
            library.reader.movies_named(sent),
            library.reader.movies(running),
            library.reader.movies(MovieSearch(by="recency", limit=MOST_LATEST)),
        )
    except TransientError:
        return None
    all_of_them = (*chain(*own), *in_progress.movies, *latest.movies)
    return tuple({(movie.movie_id, movie.tagger): movie for movie in all_of_them}.values())
