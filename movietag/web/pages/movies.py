"""A movie's page: tags, videos with timelines, similar movies, dead letters, and why it matches a query or not."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
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
from movietag.search.understanding import understand
from movietag.search.why import Explanation, explain
from movietag.web.library import Library, LibraryRoute, Shared
from movietag.web.lookups import movie_details
from movietag.web.pages.mistakes import Mistake, mistake
from movietag.web.pages.rendering import page, to_movie
from movietag.web.pages.timelines import timelines
from movietag.web.players import policy_for
from movietag.web.thumbnails import thumbnail_path

MOST_FRAMES: Final = 5000  # the most that the settings allow
SIMILAR: Final = 6
LETTERS: Final = 20

router = APIRouter(route_class=LibraryRoute, include_in_schema=False)


class MovieParameters(BaseModel):
    """The parameters of a movie's page: the order of its tags, and a query to evaluate."""

    by: Order = "ratio"
    q: str | None = Field(None, max_length=MOST_CHARACTERS)


class MissingMovie(BaseModel):
    """A movie missing from results, by its title or id."""

    movie: str = Field(max_length=300)
    q: str = Field("", max_length=MOST_CHARACTERS)


@router.get("/movies/{movie_id}")
async def show(
    request: Request,
    library: Shared,
    movie_id: Annotated[str, Path(max_length=500)],
    parameters: Annotated[MovieParameters, Query()],
) -> Response:
    """The page of a movie."""
    movie = await movie_details(library, movie_id)
    lifts = await library.lifts()
    where = both(Condition("movie", movie.movie_id), Condition("tagger", movie.tagger))
    frames, alike, letters, explanation = await asyncio.gather(
        scenes.frames(library.reader, where, MOST_FRAMES),
        similar.similar(library.reader, movie, lifts, SIMILAR),
        library.reader.letters(LetterQuery(movie_id=movie.movie_id, limit=LETTERS)),
        _explanation(library, movie, parameters.q),
    )
    wrong = explanation if isinstance(explanation, Mistake) else None
    players = await asyncio.to_thread(library.players.of_movie, movie)
    return page(
        request,
        "movie.html",
        HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        policy_for(players.values()),
        players=players,
        movie=movie,
        by=parameters.by,
        tags=ordered(movie, parameters.by),
        timelines=timelines(frames, tuple(movie.tags)),
        alike=alike.alike,
        letters=letters,
        q=parameters.q,
        explanation=None if wrong else explanation,
        mistake=wrong,
        thumbnail=thumbnail_path if library.thumbnails.enabled else None,
    )


async def _explanation(
    library: Library, movie: Movie, q: str | None
) -> Explanation | Mistake | None:
    """Whether and why the movie matches the query, if there is one."""
    if q is None:
        return None
    try:
        query = await understand(library.reader, q, "movies")
        explanation = await explain(library.reader, query.node, movie, await library.lifts())
        return msgspec.structs.replace(explanation, read=query.read)
    except QueryError as error:
        return mistake(error, q, library.reader.names)
    except UsageError as error:
        return Mistake(str(error))


@router.get("/why")
async def missed(library: Shared, parameters: Annotated[MissingMovie, Query()]) -> Response:
    """Redirect to the page of a movie missing from results, with the query evaluated there."""
    movie = await library.reader.movie(parameters.movie)
    path = to_movie(movie.movie_id, q=parameters.q)
    return RedirectResponse(f"{path}#verdict", HTTPStatus.SEE_OTHER)
