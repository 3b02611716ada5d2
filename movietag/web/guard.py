"""What stands before every call: keys, limits and a deadline."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from fastapi import Response
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.web.problems import problem

SHORTEST_KEY: Final = 16
MOST_ADDRESS: Final = (
    16_000  # bytes of path and query; a query has 4,000 characters, percent-encoded
)


def read_keys(settings: Settings) -> frozenset[bytes]:
    """The digests of the API keys; none where calls need no key, which only loopback may do.

    Raises:
        UsageError: the file cannot be read, holds no key or a short one; or there must be one.
    """
    path = settings.web_keys
    if path is None:
        if not is_loopback(settings.web_host):
            raise UsageError(
                f"MOVIETAG_WEB_HOST is {settings.web_host}, which others can reach: give"
                " MOVIETAG_WEB_KEYS a file of API keys, or answer on 127.0.0.1."
            )
        return frozenset()
    keys = [line.partition("#")[0].strip() for line in _lines(path)]
    keys = [key for key in keys if key]
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        what = "has no key" if not keys else "has a key that is too short"
        raise UsageError(
            f"MOVIETAG_WEB_KEYS: {path} {what}: one a line, {SHORTEST_KEY} characters at least,"
            " such as `openssl rand -hex 16` prints."
        )
    return frozenset(_digest(key) for key in keys)


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
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS:
            return problem(
                HTTPStatus.REQUEST_URI_TOO_LONG, f"At most {MOST_ADDRESS} bytes are read."
            )
        headers = dict(scope["headers"])
        if self._names and _name(headers.get(b"host", b"")) not in self._names:
            told = "This server has another name: MOVIETAG_WEB_HOSTS lists further ones."
            return problem(HTTPStatus.MISDIRECTED_REQUEST, told)
        client = scope["client"][0] if scope["client"] else ""
        if self._keys:
            key = headers.get(b"x-api-key", b"").decode("latin-1")
            client = _digest(key).hex()
            # Digests are looked up: how long that takes says nothing about a key.
            if _digest(key) not in self._keys:
                wanted = {"WWW-Authenticate": "X-API-Key"}
                told = "Send an API key in the header X-API-Key."
                return problem(HTTPStatus.UNAUTHORIZED, told, headers=wanted)
        if not self._limiter.hit(self._rate, client):
            told = f"At most {self._rate.amount} calls a second: wait a little."
            return problem(HTTPStatus.TOO_MANY_REQUESTS, told, headers={"Retry-After": "1"})
        if self._room <= 0:
            told = "Too many calls at once: try again."
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, told, headers={"Retry-After": "1"})
        return None

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
            await problem(HTTPStatus.GATEWAY_TIMEOUT, told)(scope, receive, send)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"MOVIETAG_WEB_KEYS: {path} cannot be read ({error}).") from None


def _name(host: bytes) -> str:
    """A Host header without its port."""
    text = host.decode("latin-1").casefold()
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdigit() else text


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
