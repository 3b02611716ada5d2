"""Adding titles: a form, which goes the way of `movietag add`."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from movietag.adding import message, send_titles, validated
from movietag.errors import TransientError, UsageError
from movietag.kafka.clients import quiet
from movietag.redaction import redacted
from movietag.settings import Settings
from movietag.web.library import Shared
from movietag.web.pages.forms import form
from movietag.web.pages.rendering import page, to

MOST_TITLES: Final = 20
SECONDS: Final = 6.0  # for Kafka

router = APIRouter(include_in_schema=False)


@router.get("/add")
async def empty(request: Request) -> Response:
    """The form."""
    return page(request, "add.html", titles="", url="", refresh=False, wrong=None)


@router.post("/add")
async def add(request: Request, library: Shared) -> Response:
    """Titles in: on to see them on their way."""
    fields = await form(request)
    titles, url = fields.get("titles", ""), fields.get("url", "").strip()
    refresh = "refresh" in fields
    try:
        values = messages(titles, url, refresh=refresh)
        sent = [validated(value, library.settings).movie_id for value in values]
        await _send(library.settings, values)
    except (UsageError, TransientError) as error:
        away = isinstance(error, TransientError)
        status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.BAD_REQUEST
        told = {"titles": titles, "url": url, "refresh": refresh, "wrong": str(error)}
        return page(request, "add.html", status, None, **told)
    return RedirectResponse(to("/progress", sent=",".join(sent)), HTTPStatus.SEE_OTHER)


def messages(titles: str, url: str, *, refresh: bool) -> list[bytes]:
    """The messages for titles, one a line.

    Raises:
        UsageError: there is none, or too many, or they do not fit.
    """
    lines = [line.strip() for line in titles.splitlines() if line.strip()]
    if not lines:
        raise UsageError("Write a title, such as The Matrix (1999).")
    if len(lines) > MOST_TITLES:
        raise UsageError(f"At most {MOST_TITLES} titles at once; `movietag add --from` takes more.")
    if url and len(lines) != 1:
        raise UsageError("The address of a video belongs to one title.")
    if any(line.startswith("{") for line in lines):
        raise UsageError("A title is a line of text here; `movietag add` takes JSON.")
    return [message(line, {"urls": [url] if url else []}, refresh=refresh) for line in lines]


async def _send(settings: Settings, values: list[bytes]) -> None:
    try:
        with quiet():
            async with asyncio.timeout(SECONDS):
                await send_titles(settings, values)
    except TimeoutError:
        raise TransientError(
            f"Kafka does not answer at {redacted(settings.kafka_address)}: nothing may have been sent. Sending"
            " it again does no harm."
        ) from None
