"""The calls of the REST API: each reads its parameters, asks the library, answers with a record."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from movietag.search import autocomplete, facets, saved, similar
from movietag.search import why as judging
from movietag.search.autocomplete import Suggestions
from movietag.search.facets import Facets
from movietag.search.query.parsing import MOST_CHARACTERS
from movietag.search.ranking import By
from movietag.search.results import Movie, Movies, Scenes
from movietag.search.saved import SavedSearch, SavedSearches
from movietag.search.similar import AlikeMovies
from movietag.search.why import Explanation
from movietag.web.answers import (
    answer,
    created,
    picture,
    pictures,
    refusals,
    responses,
    writes,
)
from movietag.web.finding import found_movies, found_scenes, shown_movie
from movietag.web.library import Shared
from movietag.web.thumbnails import MOST_SLOT

MOST = 100

router = APIRouter(prefix="/api", default_response_class=Response)


MovieId = Annotated[str, Path(description="Id of the movie.", max_length=500)]
SearchName = Annotated[str, Path(description="Name of the search.", max_length=200)]


class SearchParameters(BaseModel):
    """The parameters of a search."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field("", max_length=MOST_CHARACTERS, description="The query; empty: everything.")


class Page(SearchParameters):
    """The parameters of a search that answers in pages."""

    limit: int = Field(20, ge=1, le=MOST, description="Most of a page.")
    next: str = Field("", max_length=4000, description="The `next` of the page before this one.")


class MoviePage(Page):
    """The parameters of a search for movies."""

    by: By | None = Field(
        None, description="In which order; without it by meaning with an about:, else by ratio."
    )


class Typed(BaseModel):
    """The parameters of autocomplete."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(max_length=300, description="What is typed so far.")
    limit: int = Field(8, ge=1, le=autocomplete.MOST_SUGGESTIONS, description="Most of each kind.")


class Most(BaseModel):
    """How many are asked for."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(10, ge=1, le=MOST, description="Most movies.")


@router.get("/movies", responses=responses(Movies))
async def search_movies(
    request: Request, library: Shared, asked: Annotated[MoviePage, Query()]
) -> Response:
    """Find movies by a query, best first, each with the conditions for which it was found."""
    where = library.reader.parse(asked.q)
    return answer(request, await found_movies(library, where, asked.by, asked.limit, asked.next))


@router.get("/scenes", responses=responses(Scenes))
async def search_scenes(
    request: Request, library: Shared, asked: Annotated[Page, Query()]
) -> Response:
    """Find scenes by a query: runs of frames that fit, with a link that opens the video there."""
    where = library.reader.parse(asked.q, "frames")
    return answer(request, await found_scenes(library, where, asked.limit, asked.next))


@router.get("/facets", responses=responses(Facets))
async def count_facets(
    request: Request, library: Shared, asked: Annotated[SearchParameters, Query()]
) -> Response:
    """Count how the movies of a query fall into tags, decades, sources, ratios."""
    return answer(request, await facets.facets(library.reader, library.reader.parse(asked.q)))


@router.get("/suggestions", responses=responses(Suggestions))
async def complete(request: Request, library: Shared, typed: Annotated[Typed, Query()]) -> Response:
    """Go on from what is typed: tags and titles."""
    return answer(request, await autocomplete.suggest(library.reader, typed.text, typed.limit))


@router.get("/searches", responses=responses(SavedSearches))
async def saved_searches(request: Request, library: Shared) -> Response:
    """List the searches that are saved, by name: `query` is what `q` takes."""
    return answer(request, await saved.list_saved(library.reader.es))


@router.put("/searches/{name}", responses=writes(SavedSearch))
async def save_search(
    library: Shared, name: SearchName, asked: Annotated[SearchParameters, Query()]
) -> Response:
    """Keep a query under a name, in place of one of the same name."""
    return created(await saved.save(library.reader, name, asked.q))


@router.delete("/searches/{name}", status_code=HTTPStatus.NO_CONTENT, responses=refusals())
async def remove_search(library: Shared, name: SearchName) -> Response:
    """Forget a saved search."""
    await saved.remove(library.reader.es, name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/movies/{movie_id}", responses=responses(Movie))
async def show_movie(request: Request, library: Shared, movie_id: MovieId) -> Response:
    """Show a movie: its tags with count, ratio and lift, its videos and why they were chosen."""
    return answer(request, await shown_movie(library, movie_id))


@router.get("/movies/{movie_id}/similar", responses=responses(AlikeMovies))
async def similar_movies(
    request: Request, library: Shared, movie_id: MovieId, most: Annotated[Most, Query()]
) -> Response:
    """Find movies like another one, by the tags that set it apart."""
    movie = await library.reader.by_id(movie_id)
    found = await similar.similar(library.reader, movie, await library.lifts(), most.limit)
    return answer(request, found)


@router.get("/movies/{movie_id}/why", responses=responses(Explanation))
async def why(
    request: Request,
    library: Shared,
    movie_id: MovieId,
    asked: Annotated[SearchParameters, Query()],
) -> Response:
    """Say whether a movie fits a query, and which conditions decide about it."""
    query = library.reader.parse(asked.q)
    movie = await library.reader.by_id(movie_id)
    found = await judging.explain(library.reader, query, movie, await library.lifts())
    return answer(request, found)


@router.get("/movies/{movie_id}/videos/{video_id:path}/thumbnails/{slot}", responses=pictures())
async def thumbnail(
    request: Request,
    library: Shared,
    movie_id: MovieId,
    video_id: Annotated[str, Path(description="Id of the video.", max_length=500)],
    slot: Annotated[int, Path(description="Which frame.", ge=0, le=MOST_SLOT)],
) -> Response:
    """Show a frame that is kept, 320 pixels wide."""
    found = await library.thumbnails.picture(movie_id, video_id, slot)
    return picture(request, found)
