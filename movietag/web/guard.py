"""Checks before every request: host names, API keys, rate limit, concurrency, deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import RedirectResponse
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from movietag.settings import Settings
from movietag.web.error_responses import error_response, is_api
from movietag.web.keys import key_digest, session_key
from movietag.web.origins import (
    Headers,
    allowed_hosts,
    host_name,
    is_of_browser,
    is_same_origin,
)
from movietag.web.rates import RateLimit
from movietag.web.roles import WITHOUT_KEYS, Caller, Role, RoleError

MOST_ADDRESS: Final = (
    16_000  # bytes of path and query; a query has 4,000 characters, percent-encoded
)
COOKIE: Final = "movietag-session"
LOGIN: Final = "/login"
LOGOUT: Final = "/logout"
STATIC: Final = "/static/"
MEDIA: Final = "/media/"
MEDIA_SECONDS: Final = 90.0  # deadline of a part of a video, or of a clip
SAFE: Final = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Middleware that rejects requests without a key, above the rate limit, or beyond the concurrency limit.

    The caller of what passes is in the request's state: ``caller_of``. A caller who may only read sends nothing that
    writes, whatever its route checks.

    Every request is answered within ``MOVIETAG_WEB_SECONDS``, with 504 if necessary; a response that is sent in
    parts has this time for each part. What sends videos has at least ``MEDIA_SECONDS``.
    """

    def __init__(self, app: ASGIApp, settings: Settings, keys: Mapping[bytes, Caller]) -> None:
        self.app = app
        self._keys = keys
        self._names = allowed_hosts(settings)
        self._room = settings.web_in_flight
        self._seconds = settings.web_seconds
        self._rate = RateLimit(settings.web_rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or respond with an error."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        rejection = self._rejection(scope)
        if rejection:
            await rejection(scope, receive, send)
            return
        self._room -= 1
        try:
            await self._timed(scope, receive, send)
        finally:
            self._room += 1

    def _rejection(self, scope: Scope) -> Response | None:
        headers: Headers = dict(scope["headers"])
        invalid = self._invalid(scope, headers)
        if invalid or scope["path"].startswith(STATIC):  # public, and served from memory
            return invalid
        client = scope["client"][0] if scope["client"] else ""
        caller = WITHOUT_KEYS
        if self._keys and scope["path"] != LOGIN:
            key = self._key(headers)
            if key is None:
                return _unauthorized(scope)
            client, caller = key.hex(), self._keys[key]
        scope.setdefault("state", {})["caller"] = caller
        if not self._rate.admits(client):
            detail = f"At most {self._rate.per_second} requests per second: retry later."
            return error_response(scope, HTTPStatus.TOO_MANY_REQUESTS, detail, {"Retry-After": "1"})
        if self._room <= 0:
            detail = "Too many requests in flight: retry later."
            return error_response(
                scope, HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "1"}
            )
        writes = scope["method"] not in SAFE and scope["path"] not in (LOGIN, LOGOUT)
        if writes and caller.role < Role.ADD:
            return error_response(scope, HTTPStatus.FORBIDDEN, str(RoleError(caller, Role.ADD)))
        return None

    def _invalid(self, scope: Scope, headers: Headers) -> Response | None:
        """The response to a request that is invalid whatever its key; None: it is valid."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS:
            detail = f"The URL is longer than {MOST_ADDRESS} bytes."
            return error_response(scope, HTTPStatus.REQUEST_URI_TOO_LONG, detail)
        if self._names and host_name(headers.get(b"host", b"")) not in self._names:
            detail = "This server does not answer to this host name: MOVIETAG_WEB_HOSTS lists additional ones."
            return error_response(scope, HTTPStatus.MISDIRECTED_REQUEST, detail)
        if scope["method"] in SAFE:
            return None
        api = is_api(scope["path"])
        if not is_same_origin(headers) and (not api or is_of_browser(headers)):
            detail = (
                "This was not sent from a page of this server: open the page and send it there."
            )
            return error_response(scope, HTTPStatus.FORBIDDEN, detail)
        return None

    def _key(self, headers: Headers) -> bytes | None:
        """The digest of the request's key, or of its session's key; None: neither is valid."""
        if b"x-api-key" in headers:
            key = key_digest(headers[b"x-api-key"].decode("latin-1"))
            return key if key in self._keys else None
        cookies = cookie_parser(headers.get(b"cookie", b"").decode("latin-1"))
        return session_key(cookies.get(COOKIE, ""), self._keys, time.time())

    async def _timed(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        seconds = self._seconds
        if scope["path"].startswith(MEDIA):
            seconds = max(seconds, MEDIA_SECONDS)

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)
            if message.get("more_body"):
                deadline.reschedule(asyncio.get_running_loop().time() + self._seconds)

        try:
            async with asyncio.timeout(seconds) as deadline:
                await self.app(scope, receive, sent)
        except TimeoutError:
            if started:
                raise
            detail = f"The request took longer than {seconds:g} s: request less."
            await error_response(scope, HTTPStatus.GATEWAY_TIMEOUT, detail)(scope, receive, send)


def _unauthorized(scope: Scope) -> Response:
    """The response to a request without a valid key: 401 for programs, a redirect to the login page for browsers."""
    if scope["method"] in SAFE and not is_api(scope["path"]):
        path = quote(scope["path"])
        query = scope["query_string"].decode("latin-1")
        then = quote(f"{path}?{query}" if query else path, safe="/")
        return RedirectResponse(f"{LOGIN}?then={then}", HTTPStatus.SEE_OTHER)
    headers = {"WWW-Authenticate": "X-API-Key"}
    detail = "Send an API key in the header X-API-Key."
    return error_response(scope, HTTPStatus.UNAUTHORIZED, detail, headers)
