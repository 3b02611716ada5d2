"""The forms that save and delete searches on the search page."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from movietag.errors import UsageError
from movietag.search import saved
from movietag.search.query import QueryError
from movietag.web.library import Shared
from movietag.web.pages.forms import read_form
from movietag.web.pages.rendering import to
from movietag.web.pages.searching import SaveFailure, SearchParameters, show

router = APIRouter(include_in_schema=False)


@router.post("/searches")
async def save(request: Request, library: Shared) -> Response:
    """Save the displayed query and return to it; on failure, show the reason."""
    fields = await read_form(request)
    name, parameters = fields.get("name", "").strip(), _parameters(fields)
    try:
        await saved.save(library.reader, name, parameters.q)
    except QueryError:
        return await show(request, library, parameters)  # shows what is wrong with it
    except UsageError as error:
        return await show(request, library, parameters, SaveFailure(name, str(error)))
    return _back(parameters)


@router.post("/searches/remove")
async def remove(request: Request, library: Shared) -> Response:
    """Delete a saved search; return to the displayed query."""
    fields = await read_form(request)
    parameters = _parameters(fields)
    await saved.remove(library.reader.es, fields.get("name", ""))
    return _back(parameters)


def _parameters(fields: dict[str, str]) -> SearchParameters:
    """The search displayed on the page that sent a form.

    Raises:
        HTTPException: the fields are invalid.
    """
    try:
        return SearchParameters.model_validate({"q": fields.get("q", ""), "by": fields.get("by")})
    except ValidationError:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from None


def _back(parameters: SearchParameters) -> Response:
    return RedirectResponse(to("/", q=parameters.q, by=parameters.by), HTTPStatus.SEE_OTHER)
