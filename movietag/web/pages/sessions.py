"""Login with an API key, if keys are configured: the browser receives a session cookie."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from movietag.web.guard import COOKIE, LOGIN, LOGOUT
from movietag.web.keys import SESSION_SECONDS, key_digest, open_session
from movietag.web.pages.forms import read_form
from movietag.web.pages.rendering import page

HOME: Final = "/"

router = APIRouter(include_in_schema=False)


def own_path(then: str) -> str:
    """The path to redirect to after login: always on this server, whatever ``then`` says."""
    fine = then.startswith("/") and not then.startswith(("//", "/\\", LOGIN))
    return then if fine and then.isprintable() else HOME


@router.get(LOGIN)
async def login_form(request: Request, then: str = HOME) -> Response:
    """The form."""
    if not request.app.state.keyed:
        return RedirectResponse(HOME, HTTPStatus.SEE_OTHER)
    return page(request, "login.html", then=own_path(then), wrong=False)


@router.post(LOGIN)
async def sign_in(request: Request) -> Response:
    """Open a session, given a valid key."""
    fields = await read_form(request)
    then = own_path(fields.get("then", HOME))
    key = key_digest(fields.get("key", "").strip())
    if key not in request.app.state.keys:
        return page(request, "login.html", HTTPStatus.UNAUTHORIZED, then=then, wrong=True)
    answer = RedirectResponse(then, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        open_session(key, int(time.time()) + SESSION_SECONDS),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        # A proxy may terminate TLS: only the browser's Origin shows it.
        secure=request.headers.get("origin", "").startswith("https://"),
    )
    return answer


@router.post(LOGOUT)
async def sign_out(request: Request) -> Response:
    """End the browser's session."""
    answer = RedirectResponse(LOGIN, HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
