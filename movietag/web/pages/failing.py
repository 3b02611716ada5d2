"""The page of failed movies: counted by reason, listed, and sent again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from movietag.errors import TransientError, UsageError
from movietag.search.failures import failures
from movietag.web.library import Library, Shared
from movietag.web.pages.forms import read_form
from movietag.web.pages.rendering import page, to
from movietag.web.retrying import retry_by_reason
from movietag.web.roles import caller_of

MOST_LISTED: Final = 100

router = APIRouter(include_in_schema=False)


class ByReason(BaseModel):
    """Which failures are listed; empty: all. ``again``: how many were just sent again."""

    reason: str = Field("", max_length=100)
    again: int | None = Field(None, ge=0)


@router.get("/failed")
async def failed_page(
    request: Request, library: Shared, wanted: Annotated[ByReason, Query()]
) -> Response:
    """The counts by reason, and the newest movies."""
    return await _page(request, library, wanted.reason, again=wanted.again)


@router.post("/failed")
async def retry_failed(request: Request, library: Shared) -> Response:
    """Send the movies with one reason again."""
    reason = (await read_form(request)).get("reason", "")
    try:
        if not reason:
            raise UsageError("Select a reason.")
        number = await retry_by_reason(library, caller_of(request), [reason])
    except (UsageError, TransientError) as error:
        unavailable = isinstance(error, TransientError)
        status = HTTPStatus.SERVICE_UNAVAILABLE if unavailable else HTTPStatus.BAD_REQUEST
        return await _page(request, library, "", status, wrong=str(error))
    return RedirectResponse(to("/failed", again=number), HTTPStatus.SEE_OTHER)


async def _page(
    request: Request,
    library: Library,
    reason: str,
    status: int = HTTPStatus.OK,
    *,
    again: int | None = None,
    wrong: str = "",
) -> Response:
    every = listed = None
    try:
        every = listed = await failures(library.reader, (), MOST_LISTED)
        if reason in {one.error for one in every.errors}:
            listed = await failures(library.reader, (reason,), MOST_LISTED)
        else:
            reason = ""
    except TransientError:
        reason = ""
    return page(
        request,
        "failed.html",
        status,
        errors=every.errors if every else (),
        found=listed,
        reason=reason,
        again=again,
        wrong=wrong,
    )
