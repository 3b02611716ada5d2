"""The search page: matching movies, the query's chips and facets, and autocomplete."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from movietag.errors import TransientError, UsageError
from movietag.exporting.formats import has_parquet
from movietag.search import autocomplete, facets, saved
from movietag.search.autocomplete import Suggestion
from movietag.search.converting import ordered
from movietag.search.cursors import MOST_TOKEN, cursor_of
from movietag.search.facets import Facets
from movietag.search.query import EVERYTHING, Node, QueryError
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.parsing import MOST_CHARACTERS
from movietag.search.ranking import By, order_of
from movietag.search.results import Movie, Movies, QueryReading
from movietag.search.saved import SavedSearch
from movietag.search.understanding import understand
from movietag.web.library import Library, LibraryRoute, Shared
from movietag.web.lookups import movies_page
from movietag.web.pages.editing import chips, typings, with_threshold
from movietag.web.pages.mistakes import Mistake, mistake, other_mistake
from movietag.web.pages.narrowing import groups
from movietag.web.pages.rendering import page, to, to_movie

MOVIES_A_PAGE: Final = 12
TOP_TAGS: Final = 5
SUGGESTIONS: Final = 6
MOST_OFFERS: Final = 12
ORDERS: Final[dict[By, str]] = {
    "ratio": "Ratio",
    "lift": "Lift",
    "text": "Text",
    "meaning": "Meaning",
    "recency": "Newest",
    "title": "Title",
}

log = logging.getLogger(__name__)
router = APIRouter(route_class=LibraryRoute, include_in_schema=False)


class PageParameters(BaseModel):
    """The parameters of a page with a query."""

    q: str = Field("", max_length=MOST_CHARACTERS)
    next: str = Field("", max_length=MOST_TOKEN)
    previous: str = Field("", max_length=MOST_TOKEN)

    @property
    def paged(self) -> bool:
        """Whether the address is one of a further page."""
        return bool(self.next or self.previous)


class SearchParameters(PageParameters):
    """The parameters of the search page; without ``by`` the page selects an order."""

    by: By | None = None


class Threshold(BaseModel):
    """A slider that was moved."""

    q: str = Field(max_length=MOST_CHARACTERS)
    part: int = Field(ge=0)
    at: int = Field(ge=0, le=100)
    by: By | None = None


@dataclass(frozen=True, slots=True)
class SaveFailure:
    """A name under which the query could not be saved, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """The results of a query, or what is wrong with it."""

    query: Node
    by: By
    mistake: Mistake | None
    reading: QueryReading | None = None
    found: Movies | None = None
    facets: Facets | None = None


@router.get("/")
async def search(
    request: Request, library: Shared, parameters: Annotated[SearchParameters, Query()]
) -> Response:
    """The movies that match a query."""
    return await show(request, library, parameters)


async def show(
    request: Request,
    library: Library,
    parameters: SearchParameters,
    save_failure: SaveFailure | None = None,
) -> Response:
    """The search page; ``save_failure``: why the query could not be saved."""
    answer, searches = await asyncio.gather(_answer(library, parameters), _saved(library))
    query, wrong, by = answer.query, answer.mistake, answer.by
    normal = NormalQuery.of(query)
    return page(
        request,
        "search.html",
        wrong.status if wrong else HTTPStatus.BAD_REQUEST if save_failure else HTTPStatus.OK,
        q=parameters.q,
        asked=answer.reading.query if answer.reading else parameters.q,
        reading=answer.reading,
        by=parameters.by,
        saved=searches,
        save_failure=save_failure,
        order=by,
        orders=_orders(normal),
        chips=list(chips(query, library.reader.not_cut)),
        mistake=wrong,
        found=answer.found,
        groups=list(groups(library.reader, query, answer.facets)) if answer.facets else [],
        paged=parameters.paged,
        parquet=has_parquet(),
        top=lambda movie: top_tags(movie, by, normal.tags),
    )


async def _answer(library: Library, parameters: SearchParameters) -> SearchView:
    by: By = parameters.by or "recency"
    query: Node = EVERYTHING
    try:
        cursor = cursor_of(parameters.next, parameters.previous)
        understood = await understand(library.reader, parameters.q, "movies", cursor)
        query = understood.node
        if parameters.q.strip():
            by = order_of(parameters.by, NormalQuery.of(query))
        found, counted = await asyncio.gather(
            movies_page(library, understood, by, MOVIES_A_PAGE, cursor),
            facets.facets(library.reader, query),
        )
    except QueryError as error:
        wrong = mistake(
            error, parameters.q, library.reader.names, about=library.reader.meaning_search.enabled
        )
        return SearchView(query, by, wrong)
    except UsageError as error:
        return SearchView(query, by, other_mistake(error))
    return SearchView(query, by, None, understood.reading, found, counted)


def _orders(query: NormalQuery) -> dict[By, str]:
    """The orders available for a query."""
    needed = {"text": bool(query.texts), "meaning": query.about is not None}
    return {name: text for name, text in ORDERS.items() if needed.get(name, True)}


async def _saved(library: Library) -> Sequence[SavedSearch]:
    """The saved searches; none if they cannot be read, so searching still works."""
    try:
        return (await saved.list_saved(library.reader.es)).searches
    except TransientError as error:
        log.warning("%s", error)
        return ()


def top_tags(movie: Movie, by: By, queried: Sequence[str]) -> list[str]:
    """The tags on a card: the ``queried`` ones that occur, then the highest."""
    highest = ordered(movie, "lift" if by == "lift" else "ratio")
    present = [tag for tag in queried if tag in movie.tags]
    return list(dict.fromkeys((*present, *highest)))[:TOP_TAGS]


@router.get("/threshold")
async def threshold(library: Shared, moved: Annotated[Threshold, Query()]) -> Response:
    """Redirect to the search with a slider's new threshold."""
    query = library.reader.parse(moved.q)
    try:
        changed = with_threshold(query, moved.part, moved.at)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return RedirectResponse(to("/", q=changed, by=moved.by), HTTPStatus.SEE_OTHER)


@router.get("/suggest")
async def suggest(
    request: Request, library: Shared, parameters: Annotated[PageParameters, Query()]
) -> Response:
    """Autocomplete for the search box."""
    typed = list(typings(parameters.q))
    found = await asyncio.gather(
        *(autocomplete.suggest(library.reader, one.word, SUGGESTIONS) for one in typed)
    )
    offers: dict[str, tuple[Suggestion, str, str | None]] = {}
    for words, answer in zip(typed, found, strict=True):
        for one in answer.suggestions:
            link = to_movie(one.condition.removeprefix("movie:").strip('"'))
            offer = (one, words.picked(one.condition), link if one.kind == "movie" else None)
            offers.setdefault(one.condition, offer)
    return page(request, "options.html", options=list(offers.values())[:MOST_OFFERS])
