"""A movie's page: its tags, videos with timelines, similar movies, dead letters, and why it is (not) found."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from movietag.errors import UsageError
from movietag.search import scenes, similar
from movietag.search.converting import Order, ordered
from movietag.search.query import QueryError, both
from movietag.search.query.nodes import Field as Condition
from movietag.search.query.parsing import MOST_CHARACTERS
from movietag.search.reader import LetterQuery
from movietag.search.results import Movie
from movietag.search.why import Explanation, explain
from movietag.web.finding import shown_movie
from movietag.web.library import Library, Shared
from movietag.web.pages.mistakes import Mistake, mistake
from movietag.web.pages.rendering import page, to_movie
from movietag.web.pages.timelines import timelines
from movietag.web.thumbnails import address

MOST_FRAMES: Final = 5000  # the settings allow a movie no more
SIMILAR: Final = 6
LETTERS: Final = 20

router = APIRouter(include_in_schema=False)


class MovieAsked(BaseModel):
    """The parameters of a movie's page: the order of its tags, and a query to hold against it."""

    by: Order = "ratio"
    q: str | None = Field(None, max_length=MOST_CHARACTERS)


class Missed(BaseModel):
    """A movie that somebody misses in an answer, by its title or id."""

    movie: str = Field(max_length=300)
    q: str = Field("", max_length=MOST_CHARACTERS)


@router.get("/movies/{movie_id}")
async def show(
    request: Request,
    library: Shared,
    movie_id: Annotated[str, Path(max_length=500)],
    asked: Annotated[MovieAsked, Query()],
) -> Response:
    """A movie."""
    movie = await shown_movie(library, movie_id)
    lifts = await library.lifts()
    where = both(Condition("movie", movie.movie_id), Condition("tagger", movie.tagger))
    frames, alike, letters, judged = await asyncio.gather(
        scenes.frames(library.reader, where, MOST_FRAMES),
        similar.similar(library.reader, movie, lifts, SIMILAR),
        library.reader.letters(LetterQuery(movie_id=movie.movie_id, limit=LETTERS)),
        _judged(library, movie, asked.q),
    )
    wrong = judged if isinstance(judged, Mistake) else None
    return page(
        request,
        "movie.html",
        HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        movie=movie,
        by=asked.by,
        tags=ordered(movie, asked.by),
        timelines=timelines(frames, tuple(movie.tags)),
        alike=alike.alike,
        letters=letters,
        q=asked.q,
        judged=None if wrong else judged,
        mistake=wrong,
        thumbnail=address if library.thumbnails.kept else None,
    )


async def _judged(library: Library, movie: Movie, q: str | None) -> Explanation | Mistake | None:
    """How the movie stands to a query, if one is held against it."""
    if q is None:
        return None
    try:
        query = library.reader.parse(q)
        return await explain(library.reader, query, movie, await library.lifts())
    except QueryError as error:
        return mistake(error, q, library.reader.names)
    except UsageError as error:
        return Mistake(str(error))


@router.get("/why")
async def missed(library: Shared, asked: Annotated[Missed, Query()]) -> Response:
    """A movie that somebody misses in an answer: on to its page, with the query held against it."""
    movie = await library.reader.movie(asked.movie)
    there = to_movie(movie.movie_id, q=asked.q)
    return RedirectResponse(f"{there}#verdict", HTTPStatus.SEE_OTHER)
