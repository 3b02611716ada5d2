"""Saved searches on the search page: a query is kept under a name, and forgotten, by forms."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from movietag.errors import UsageError
from movietag.search import saved
from movietag.search.query import QueryError
from movietag.web.library import Shared
from movietag.web.pages.forms import form
from movietag.web.pages.rendering import to
from movietag.web.pages.searching import MoviesAsked, Unnamed, show

router = APIRouter(include_in_schema=False)


@router.post("/searches")
async def save(request: Request, library: Shared) -> Response:
    """Keep the query that is shown; back to it, and where it is not kept, with the reason."""
    fields = await form(request)
    name, asked = fields.get("name", "").strip(), _asked(fields)
    try:
        await saved.save(library.reader, name, asked.q)
    except QueryError:
        return await show(request, library, asked)  # which tells what is wrong with it
    except UsageError as error:
        return await show(request, library, asked, Unnamed(name, str(error)))
    return _back(asked)


@router.post("/searches/remove")
async def remove(request: Request, library: Shared) -> Response:
    """Forget a saved search; back to the query that is shown."""
    fields = await form(request)
    asked = _asked(fields)
    await saved.remove(library.reader.es, fields.get("name", ""))
    return _back(asked)


def _asked(fields: dict[str, str]) -> MoviesAsked:
    """The search that is shown where a form was sent from.

    Raises:
        HTTPException: it is none.
    """
    try:
        return MoviesAsked.model_validate({"q": fields.get("q", ""), "by": fields.get("by")})
    except ValidationError:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from None


def _back(asked: MoviesAsked) -> Response:
    return RedirectResponse(to("/", q=asked.q, by=asked.by), HTTPStatus.SEE_OTHER)
