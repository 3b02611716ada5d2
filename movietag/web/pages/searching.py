"""The search page: movies by a query, its chips, its facets; and what the search box suggests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from movietag.errors import UsageError
from movietag.search import completing, facets
from movietag.search.facets import Facet, Facets
from movietag.search.found import Movie, Movies, ordered
from movietag.search.query import EVERYTHING, Node, QueryError
from movietag.search.query.meaning import asked_about, pushed, wanted_tags
from movietag.search.query.nodes import negated
from movietag.search.query.parsing import MOST_CHARACTERS
from movietag.search.ranking import By, asked_texts, chosen
from movietag.web.finding import found_movies
from movietag.web.library import Library, Shared
from movietag.web.pages.editing import Chip, added, chips, thresholded, without
from movietag.web.pages.mistakes import Mistake, mistake
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

router = APIRouter(include_in_schema=False)


class Asked(BaseModel):
    """The parameters of a page with a query."""

    q: str = Field("", max_length=MOST_CHARACTERS)
    next: str = Field("", max_length=4000)


class MoviesAsked(Asked):
    """The parameters of the search page; without ``by`` the page chooses."""

    by: By | None = None


class Threshold(BaseModel):
    """A slider that was moved."""

    q: str = Field(max_length=MOST_CHARACTERS)
    part: int = Field(ge=0)
    at: int = Field(ge=0, le=100)
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A facet's value, with the queries that ask for it, shut it out, or ask for it no longer."""

    facet: Facet
    wanted: str
    unwanted: str
    dropped: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one kind."""

    name: str
    choices: tuple[Choice, ...]
    excludes: bool  # whether a value can be shut out


@router.get("/")
async def search(
    request: Request, library: Shared, asked: Annotated[MoviesAsked, Query()]
) -> Response:
    """Movies by a query."""
    by: By = asked.by or "recency"
    query: Node = EVERYTHING
    wrong: Mistake | None = None
    found: Movies | None = None
    counted: Facets | None = None
    try:
        query = library.reader.parse(asked.q)
        if asked.q.strip():
            by = chosen(asked.by, query)
        found, counted = await asyncio.gather(
            found_movies(library, query, by, MOVIES_A_PAGE, asked.next),
            facets.facets(library.reader, query),
        )
    except QueryError as error:
        wrong = mistake(error, asked.q, library.reader.names, about=library.reader.abouts.on)
    except UsageError as error:
        wrong = Mistake(str(error))
    return page(
        request,
        "search.html",
        HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        q=asked.q,
        by=asked.by,
        order=by,
        orders=_orders(query),
        chips=list(_chips(library, query)),
        mistake=wrong,
        found=found,
        groups=list(_groups(library, query, counted)) if counted else [],
        more=asked.next,
        top=lambda movie: top_tags(movie, by, query),
    )


def _orders(query: Node) -> dict[By, str]:
    """The orders that a query can have."""
    needed = {"text": bool(asked_texts(query)), "meaning": asked_about(query) is not None}
    return {name: text for name, text in ORDERS.items() if needed.get(name, True)}


def _chips(library: Library, query: Node) -> Iterator[Chip]:
    return chips(query, library.reader.not_cut)


def top_tags(movie: Movie, by: By, query: Node) -> list[str]:
    """The tags that a card shows: those asked for that occur, then the highest."""
    highest = ordered(movie, "lift" if by == "lift" else "ratio")
    asked = [tag for tag in wanted_tags(pushed(query)) if tag in movie.tags]
    return list(dict.fromkeys((*asked, *highest)))[:TOP_TAGS]


def _groups(library: Library, query: Node, counted: Facets) -> Iterator[Group]:
    kinds: list[tuple[str, tuple[Facet, ...], bool]] = [
        ("Tags", counted.tags, True),
        *((f"Ratio of {tag}", values, False) for tag, values in counted.ratios.items()),
        ("Decades", counted.decades[::-1], False),
        ("Status", counted.statuses, True),
        ("Sources", counted.sources, True),
        ("Taggers", counted.taggers, True),
    ]
    for name, values, excludes in kinds:
        choices = tuple(_choice(library, query, facet) for facet in values if facet.count)
        if choices:
            yield Group(name, choices, excludes)


def _choice(library: Library, query: Node, facet: Facet) -> Choice:
    condition = library.reader.parse(facet.condition)
    unwanted = negated(condition)
    left = (without(query, condition), without(query, unwanted))
    dropped = next((one for one in left if one is not None), None)
    return Choice(facet, added(query, condition), added(query, unwanted), dropped)


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
async def suggest(request: Request, library: Shared, asked: Annotated[Asked, Query()]) -> Response:
    """What may go on from what is typed: options of the search box."""
    now = typing(asked.q)
    offers = []
    if now is not None:
        found = await completing.complete(library.reader, now.word, SUGGESTIONS)
        for one in found.suggestions:
            link = to_movie(one.condition.removeprefix("movie:").strip('"'))
            offers.append((one, now.picked(one.condition), link if one.kind == "movie" else None))
    return page(request, "options.html", offers=offers)
