"""The search page: movies by a query, its chips, its facets; and what the search box suggests."""

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
from movietag.search import autocomplete, facets, saved
from movietag.search.converting import ordered
from movietag.search.facets import Facets
from movietag.search.query import EVERYTHING, Node, QueryError
from movietag.search.query.normal_form import about_of, positive_tags, to_nnf
from movietag.search.query.parsing import MOST_CHARACTERS
from movietag.search.ranking import By, order_of, positive_texts
from movietag.search.results import Movie, Movies
from movietag.search.saved import SavedSearch
from movietag.web.finding import found_movies
from movietag.web.library import Library, Shared
from movietag.web.pages.editing import chips, thresholded
from movietag.web.pages.mistakes import Mistake, mistake
from movietag.web.pages.narrowing import groups
from movietag.web.pages.rendering import page, to, to_movie
from movietag.web.pages.typing import typing

MOVIES_A_PAGE: Final = 12
TOP_TAGS: Final = 5
SUGGESTIONS: Final = 6
ORDERS: Final[dict[By, str]] = {
    "ratio": "Ratio",
    "lift": "Lift",
    "text": "Text",
    "meaning": "Meaning",
    "recency": "Newest",
    "title": "Title",
}

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


class PageParameters(BaseModel):
    """The parameters of a page with a query."""

    q: str = Field("", max_length=MOST_CHARACTERS)
    next: str = Field("", max_length=4000)


class MoviesAsked(PageParameters):
    """The parameters of the search page; without ``by`` the page chooses."""

    by: By | None = None


class Threshold(BaseModel):
    """A slider that was moved."""

    q: str = Field(max_length=MOST_CHARACTERS)
    part: int = Field(ge=0)
    at: int = Field(ge=0, le=100)
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A name under which the query was not kept, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """What a query finds, or what is wrong with it."""

    query: Node
    by: By
    mistake: Mistake | None
    found: Movies | None = None
    facets: Facets | None = None


@router.get("/")
async def search(
    request: Request, library: Shared, asked: Annotated[MoviesAsked, Query()]
) -> Response:
    """Movies by a query."""
    return await show(request, library, asked)


async def show(
    request: Request, library: Library, asked: MoviesAsked, unnamed: Unnamed | None = None
) -> Response:
    """The search page; ``unnamed`` where the query was to be kept and was not."""
    answer, kept = await asyncio.gather(_answer(library, asked), _kept(library))
    query, wrong, by = answer.query, answer.mistake, answer.by
    return page(
        request,
        "search.html",
        HTTPStatus.BAD_REQUEST if wrong or unnamed else HTTPStatus.OK,
        q=asked.q,
        by=asked.by,
        saved=kept,
        unnamed=unnamed,
        order=by,
        orders=_orders(query),
        chips=list(chips(query, library.reader.not_cut)),
        mistake=wrong,
        found=answer.found,
        groups=list(groups(library.reader, query, answer.facets)) if answer.facets else [],
        more=asked.next,
        top=lambda movie: top_tags(movie, by, query),
    )


async def _answer(library: Library, asked: MoviesAsked) -> SearchView:
    by: By = asked.by or "recency"
    query: Node = EVERYTHING
    try:
        query = library.reader.parse(asked.q)
        if asked.q.strip():
            by = order_of(asked.by, query)
        found, counted = await asyncio.gather(
            found_movies(library, query, by, MOVIES_A_PAGE, asked.next),
            facets.facets(library.reader, query),
        )
    except QueryError as error:
        wrong = mistake(
            error, asked.q, library.reader.names, about=library.reader.meaning_search.enabled
        )
        return SearchView(query, by, wrong)
    except UsageError as error:
        return SearchView(query, by, Mistake(str(error)))
    return SearchView(query, by, None, found, counted)


def _orders(query: Node) -> dict[By, str]:
    """The orders that a query can have."""
    needed = {"text": bool(positive_texts(query)), "meaning": about_of(query) is not None}
    return {name: text for name, text in ORDERS.items() if needed.get(name, True)}


async def _kept(library: Library) -> Sequence[SavedSearch]:
    """The saved searches; none where they cannot be read, which keeps nobody from finding movies."""
    try:
        return (await saved.list_saved(library.reader.es)).searches
    except TransientError as error:
        log.warning("%s", error)
        return ()


def top_tags(movie: Movie, by: By, query: Node) -> list[str]:
    """The tags that a card shows: those asked for that occur, then the highest."""
    highest = ordered(movie, "lift" if by == "lift" else "ratio")
    asked = [tag for tag in positive_tags(to_nnf(query)) if tag in movie.tags]
    return list(dict.fromkeys((*asked, *highest)))[:TOP_TAGS]


@router.get("/threshold")
async def threshold(library: Shared, moved: Annotated[Threshold, Query()]) -> Response:
    """A slider that was moved: on to the search that says so."""
    query = library.reader.parse(moved.q)
    try:
        changed = thresholded(query, moved.part, moved.at)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return RedirectResponse(to("/", q=changed, by=moved.by), HTTPStatus.SEE_OTHER)


@router.get("/suggest")
async def suggest(
    request: Request, library: Shared, asked: Annotated[PageParameters, Query()]
) -> Response:
    """What may go on from what is typed: options of the search box."""
    now = typing(asked.q)
    offers = []
    if now is not None:
        found = await autocomplete.suggest(library.reader, now.word, SUGGESTIONS)
        for one in found.suggestions:
            link = to_movie(one.condition.removeprefix("movie:").strip('"'))
            offers.append((one, now.picked(one.condition), link if one.kind == "movie" else None))
    return page(request, "options.html", offers=offers)
