"""The endpoints of the REST API: each parses its parameters, queries the library, and returns a record."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from movietag.search import autocomplete, facets, saved, similar
from movietag.search import why as explaining
from movietag.search.autocomplete import Suggestions
from movietag.search.cursors import MOST_TOKEN, cursor_of
from movietag.search.facets import Facets
from movietag.search.query.parsing import MOST_CHARACTERS
from movietag.search.ranking import By
from movietag.search.results import Movie, Movies, Scenes
from movietag.search.saved import SavedSearch, SavedSearches
from movietag.search.scene_facets import SceneFacets, scene_facets
from movietag.search.scene_orders import SceneBy
from movietag.search.similar import AlikeMovies
from movietag.search.understanding import understand
from movietag.search.why import Explanation
from movietag.web.answers import (
    WRITE_ERRORS,
    cached_response,
    describe_errors,
    describe_picture,
    describe_read,
    describe_write,
    picture_response,
    record_response,
)
from movietag.web.library import LibraryRoute, Shared
from movietag.web.lookups import movie_details, movies_page, scenes_page
from movietag.web.thumbnails import MOST_SLOT

MOST_RESULTS = 100
MOVIES, SCENES, SEARCHES = (
    "movies",
    "scenes",
    "searches",
)  # tags of the OpenAPI: a client has a module of each

router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)


MovieId = Annotated[str, Path(description="Id of the movie.", max_length=500)]
SearchName = Annotated[str, Path(description="Name of the search.", max_length=200)]


SCENE_ORDER: Any = Field(
    None,
    description="The order; default: by meaning if the query has an about:, else by title, video and time.",
)


class QueryParameters(BaseModel):
    """The parameters of a search."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field(
        "",
        max_length=MOST_CHARACTERS,
        description="The query, or plain words; empty matches everything.",
    )


class Page(QueryParameters):
    """The parameters of a search with pages."""

    limit: int = Field(
        20, ge=1, le=MOST_RESULTS, description="Maximum number of results on a page."
    )
    next: str = Field(
        "",
        max_length=MOST_TOKEN,
        description="The `next` of a page of this search: the page after it.",
    )
    previous: str = Field(
        "",
        max_length=MOST_TOKEN,
        description="The `previous` of a page of this search: the page before it.",
    )


class MoviePage(Page):
    """The parameters of a search for movies."""

    by: By | None = Field(
        None,
        description="The order; default: by meaning if the query has an about:, else by ratio.",
    )


class ScenePage(Page):
    """The parameters of a search for scenes."""

    by: SceneBy | None = SCENE_ORDER


class AutocompleteParameters(BaseModel):
    """The parameters of autocomplete."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(max_length=300, description="The text typed so far.")
    limit: int = Field(
        8, ge=1, le=autocomplete.MOST_SUGGESTIONS, description="Maximum number of each kind."
    )


class SimilarParameters(BaseModel):
    """The parameters of a search for similar movies."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(10, ge=1, le=MOST_RESULTS, description="Maximum number of movies.")


@router.get("/movies", tags=[MOVIES], responses=describe_read(Movies))
async def search_movies(
    request: Request, library: Shared, parameters: Annotated[MoviePage, Query()]
) -> Response:
    """Search movies, best first, each with the conditions that it matches."""
    cursor = cursor_of(parameters.next, parameters.previous)
    where = await understand(library.reader, parameters.q, "movies", cursor)
    return cached_response(
        request, await movies_page(library, where, parameters.by, parameters.limit, cursor)
    )


@router.get("/scenes", tags=[SCENES], responses=describe_read(Scenes))
async def search_scenes(
    request: Request, library: Shared, parameters: Annotated[ScenePage, Query()]
) -> Response:
    """Search scenes: runs of matching frames, with a link that opens the video there."""
    cursor = cursor_of(parameters.next, parameters.previous)
    where = await understand(library.reader, parameters.q, "frames", cursor)
    return cached_response(
        request, await scenes_page(library, where, parameters.by, parameters.limit, cursor)
    )


@router.get("/facets", tags=[MOVIES], responses=describe_read(Facets))
async def count_facets(
    request: Request, library: Shared, parameters: Annotated[QueryParameters, Query()]
) -> Response:
    """Count the matching movies by tag, decade, source, status, tagger and ratio."""
    where = await understand(library.reader, parameters.q, "movies")
    counted = await facets.facets(library.reader, where.node)
    return cached_response(request, msgspec.structs.replace(counted, read=where.read))


@router.get("/scenes/facets", tags=[SCENES], responses=describe_read(SceneFacets))
async def count_scene_facets(
    request: Request, library: Shared, parameters: Annotated[QueryParameters, Query()]
) -> Response:
    """Count the matching frames, of which scenes are made, by tag, movie, decade, mark of the caption and tagger."""
    where = await understand(library.reader, parameters.q, "frames")
    counted = await scene_facets(library.reader, where.node)
    return cached_response(request, msgspec.structs.replace(counted, read=where.read))


@router.get("/suggestions", tags=[MOVIES], responses=describe_read(Suggestions))
async def suggest(
    request: Request, library: Shared, parameters: Annotated[AutocompleteParameters, Query()]
) -> Response:
    """Autocomplete tags and titles."""
    return cached_response(
        request, await autocomplete.suggest(library.reader, parameters.text, parameters.limit)
    )


@router.get("/searches", tags=[SEARCHES], responses=describe_read(SavedSearches))
async def list_searches(request: Request, library: Shared) -> Response:
    """List the saved searches, by name; `query` is a value for `q`."""
    return cached_response(request, await saved.list_saved(library.reader.es))


@router.put("/searches/{name}", tags=[SEARCHES], responses=describe_write(SavedSearch))
async def save_search(
    library: Shared, name: SearchName, parameters: Annotated[QueryParameters, Query()]
) -> Response:
    """Save a query under a name; replaces one of the same name."""
    return record_response(await saved.save(library.reader, name, parameters.q))


@router.delete(
    "/searches/{name}",
    tags=[SEARCHES],
    status_code=HTTPStatus.NO_CONTENT,
    responses=describe_errors(WRITE_ERRORS),
)
async def remove_search(library: Shared, name: SearchName) -> Response:
    """Delete a saved search."""
    await saved.remove(library.reader.es, name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/movies/{movie_id}", tags=[MOVIES], responses=describe_read(Movie))
async def show_movie(request: Request, library: Shared, movie_id: MovieId) -> Response:
    """Show a movie: its tags with count, ratio and lift, its videos and why they were selected."""
    return cached_response(request, await movie_details(library, movie_id))


@router.get("/movies/{movie_id}/similar", tags=[MOVIES], responses=describe_read(AlikeMovies))
async def find_similar(
    request: Request,
    library: Shared,
    movie_id: MovieId,
    parameters: Annotated[SimilarParameters, Query()],
) -> Response:
    """Find similar movies, by the tags that set them apart."""
    movie = await library.reader.by_id(movie_id)
    alike = await similar.similar(library.reader, movie, await library.lifts(), parameters.limit)
    return cached_response(request, alike)


@router.get("/movies/{movie_id}/why", tags=[MOVIES], responses=describe_read(Explanation))
async def explain_match(
    request: Request,
    library: Shared,
    movie_id: MovieId,
    parameters: Annotated[QueryParameters, Query()],
) -> Response:
    """Explain whether a movie matches a query, and which conditions decide."""
    query = await understand(library.reader, parameters.q, "movies")
    movie = await library.reader.by_id(movie_id)
    explanation = await explaining.explain(library.reader, query.node, movie, await library.lifts())
    return cached_response(request, msgspec.structs.replace(explanation, read=query.read))


@router.get(
    "/movies/{movie_id}/videos/{video_id:path}/thumbnails/{slot}",
    tags=[MOVIES],
    responses=describe_picture(),
)
async def get_thumbnail(
    request: Request,
    library: Shared,
    movie_id: MovieId,
    video_id: Annotated[str, Path(description="Id of the video.", max_length=500)],
    slot: Annotated[int, Path(description="Slot of the frame.", ge=0, le=MOST_SLOT)],
) -> Response:
    """Return the thumbnail of a stored frame, 320 pixels wide."""
    picture = await library.thumbnails.picture(movie_id, video_id, slot)
    return picture_response(request, picture)
