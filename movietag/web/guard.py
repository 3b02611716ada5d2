"""What stands before every call: names, keys, limits and a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import Response
from fastapi.responses import RedirectResponse
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from movietag.settings import Settings
from movietag.web.keys import digest, holder
from movietag.web.refusing import for_programs, refusal

MOST_ADDRESS: Final = (
    16_000  # bytes of path and query; a query has 4,000 characters, percent-encoded
)
COOKIE: Final = "movietag-session"
LOGIN: Final = "/login"
STATIC: Final = "/static/"
SAFE: Final = ("GET", "HEAD", "OPTIONS")

Headers = dict[bytes, bytes]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_names(settings: Settings) -> frozenset[str]:
    """The names by which the server may be called; none where any will do.

    On loopback these are this machine's, so that no page of another site reaches it by a name of its own
    that it lets point here (DNS rebinding).
    """
    if not is_loopback(settings.web_host) and not settings.web_hosts:
        return frozenset()
    return frozenset((*settings.web_hosts, "127.0.0.1", "localhost", "[::1]"))


def of_own_page(headers: Headers) -> bool:
    """Whether a browser says that the call comes from a page of this server.

    Browsers say so of every POST: by Sec-Fetch-Site where the connection is safe or local, else by
    Origin, whose host and port are then those of Host. What says neither is not let through.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    try:
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
    except ValueError:
        return False
    return bool(origin) and origin == headers.get(b"host", b"").decode("latin-1")


class Guard:
    """An ASGI app in front of another, which a call reaches when it may and there is room.

    Every call is answered within the deadline of the settings, by 504 if need be.
    """

    def __init__(self, app: ASGIApp, settings: Settings, keys: Collection[bytes]) -> None:
        self.app = app
        self._keys = keys
        self._names = own_names(settings)
        self._room = settings.web_in_flight
        self._seconds = settings.web_seconds
        self._rate = RateLimitItemPerSecond(settings.web_rate)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused:
            await refused(scope, receive, send)
            return
        self._room -= 1
        try:
            await self._timed(scope, receive, send)
        finally:
            self._room += 1

    def _refused(self, scope: Scope) -> Response | None:
        headers: Headers = dict(scope["headers"])
        unfit = self._unfit(scope, headers)
        if unfit or scope["path"].startswith(STATIC):  # the same for everybody, and in memory
            return unfit
        client = scope["client"][0] if scope["client"] else ""
        if self._keys and scope["path"] != LOGIN:
            key = self._key(headers)
            if key is None:
                return _wanted(scope)
            client = key.hex()
        if not self._limiter.hit(self._rate, client):
            told = f"At most {self._rate.amount} calls a second: wait a little."
            return refusal(scope, HTTPStatus.TOO_MANY_REQUESTS, told, {"Retry-After": "1"})
        if self._room <= 0:
            told = "Too many calls at once: try again."
            return refusal(scope, HTTPStatus.SERVICE_UNAVAILABLE, told, {"Retry-After": "1"})
        return None

    def _unfit(self, scope: Scope, headers: Headers) -> Response | None:
        """What a call gets that nobody may make, whoever it is."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS:
            told = f"At most {MOST_ADDRESS} bytes are read."
            return refusal(scope, HTTPStatus.REQUEST_URI_TOO_LONG, told)
        if self._names and _name(headers.get(b"host", b"")) not in self._names:
            told = "This server has another name: MOVIETAG_WEB_HOSTS lists further ones."
            return refusal(scope, HTTPStatus.MISDIRECTED_REQUEST, told)
        reads = scope["method"] in SAFE
        if not (reads or for_programs(scope["path"]) or of_own_page(headers)):
            told = "This does not come from a page of this server: open the page and send it there."
            return refusal(scope, HTTPStatus.FORBIDDEN, told)
        return None

    def _key(self, headers: Headers) -> bytes | None:
        """The digest of the key that a call shows, or whose session it has."""
        if b"x-api-key" in headers:
            shown = digest(headers[b"x-api-key"].decode("latin-1"))
            return shown if shown in self._keys else None
        cookies = cookie_parser(headers.get(b"cookie", b"").decode("latin-1"))
        return holder(cookies.get(COOKIE, ""), self._keys, time.time())

    async def _timed(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(self._seconds):
                await self.app(scope, receive, sent)
        except TimeoutError:
            if begun:
                raise
            told = f"It took longer than {self._seconds:g} seconds: ask for less."
            await refusal(scope, HTTPStatus.GATEWAY_TIMEOUT, told)(scope, receive, send)


def _wanted(scope: Scope) -> Response:
    """What whoever shows no key gets: a program 401, a browser the page where it can show one."""
    if scope["method"] in SAFE and not for_programs(scope["path"]):
        path = quote(scope["path"])
        asked = scope["query_string"].decode("latin-1")
        then = quote(f"{path}?{asked}" if asked else path, safe="/")
        return RedirectResponse(f"{LOGIN}?then={then}", HTTPStatus.SEE_OTHER)
    wanted = {"WWW-Authenticate": "X-API-Key"}
    told = "Send an API key in the header X-API-Key."
    return refusal(scope, HTTPStatus.UNAUTHORIZED, told, wanted)


def _name(host: bytes) -> str:
    """A Host header without its port."""
    text = host.decode("latin-1").casefold()
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdigit() else text
