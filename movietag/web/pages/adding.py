"""The page that adds titles, like `movietag add`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from movietag.adding import message, validated
from movietag.errors import TransientError, UsageError
from movietag.web.library import Shared
from movietag.web.pages.forms import read_form
from movietag.web.pages.rendering import page, to
from movietag.web.sending import send_within

MOST_TITLES: Final = 20

router = APIRouter(include_in_schema=False)


@router.get("/add")
async def empty(request: Request) -> Response:
    """The form."""
    return page(request, "add.html", titles="", url="", refresh=False, wrong=None)


@router.post("/add")
async def add(request: Request, library: Shared) -> Response:
    """Send the titles; redirect to their progress."""
    fields = await read_form(request)
    titles, url = fields.get("titles", ""), fields.get("url", "").strip()
    refresh = "refresh" in fields
    try:
        values = messages(titles, url, refresh=refresh)
        sent = [validated(value, library.settings).movie_id for value in values]
        await send_within(library.settings, values)
    except (UsageError, TransientError) as error:
        unavailable = isinstance(error, TransientError)
        status = HTTPStatus.SERVICE_UNAVAILABLE if unavailable else HTTPStatus.BAD_REQUEST
        entered = {"titles": titles, "url": url, "refresh": refresh, "wrong": str(error)}
        return page(request, "add.html", status, None, **entered)
    return RedirectResponse(to("/progress", sent=",".join(sent)), HTTPStatus.SEE_OTHER)


def messages(titles: str, url: str, *, refresh: bool) -> list[bytes]:
    """The messages for titles, one per line.

    Raises:
        UsageError: there are no titles, too many, or invalid ones.
    """
    lines = [line.strip() for line in titles.splitlines() if line.strip()]
    if not lines:
        raise UsageError("Enter a title, e.g. The Matrix (1999).")
    if len(lines) > MOST_TITLES:
        raise UsageError(
            f"At most {MOST_TITLES} titles at a time; `movietag add --from` takes more."
        )
    if url and len(lines) != 1:
        raise UsageError("A video address needs exactly one title.")
    if any(line.startswith("{") for line in lines):
        raise UsageError("A title is a line of text here; use `movietag add` for JSON.")
    return [message(line, {"urls": [url] if url else []}, refresh=refresh) for line in lines]
