"""How responses travel: compressed for clients that take zstd or gzip, and without their body for HEAD."""

from __future__ import annotations

import asyncio
import re
from typing import Final, Literal

import cramjam
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Encoding = Literal["zstd", "gzip", "identity"]
LEAST: Final = 500  # bytes that are worth compressing
GZIP_LEVEL: Final = 5  # of 9: each further one takes more time than it saves bytes
ZSTD_LEVEL: Final = 3  # its window of 2 MiB is below the 8 that clients must take (RFC 9659)
AT_ONCE: Final = 128 << 10  # bytes that are compressed outside of a thread
_QUALITY: Final = re.compile(r"[01](?:\.[0-9]{0,3})?")


class ZstdResponder(IdentityResponder):
    """Compresses one response; each part of it can be read when it comes."""

    content_encoding = "zstd"

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, LEAST)
        self._stream = cramjam.zstd.Compressor(ZSTD_LEVEL)

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        """The compressed bytes of a part of the response; ``more_body``: others follow."""
        if len(body) < AT_ONCE:
            return self._compress(body, more_body)
        return await asyncio.to_thread(self._compress, body, more_body)

    def _compress(self, body: bytes, more_body: bool) -> bytes:
        self._stream.compress(body)
        return bytes(self._stream.flush() if more_body else self._stream.finish())


class Compressed:
    """Middleware that compresses what is not yet: texts, not pictures, in the encoding that the client prefers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        responder: ASGIApp
        match preferred_encoding(",".join(Headers(scope=scope).getlist("accept-encoding"))):
            case "zstd":
                responder = ZstdResponder(self.app)
            case "gzip":
                responder = GZipResponder(self.app, LEAST, GZIP_LEVEL)
            case "identity":
                responder = IdentityResponder(self.app, LEAST)
        await responder(scope, receive, send)


def preferred_encoding(header: str) -> Encoding:
    """The encoding of ours that an Accept-Encoding gives the highest quality (RFC 9110, 12.5.3).

    Of equal ones zstd, then gzip, then none. What has a quality of 0, or one that is no number, is not accepted, and
    what is not named only as ``*``; a response that is not compressed is always sent where nothing else is accepted.
    """
    qualities: dict[str, float] = {}
    for part in header.casefold().split(","):
        name, *parameters = (one.strip() for one in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        qualities[name] = float(quality) if _QUALITY.fullmatch(quality) else 0.0
    others = qualities.get("*", 0.0)
    zstd, gzip = qualities.get("zstd", others), qualities.get("gzip", others)
    if max(zstd, gzip) <= 0 or max(zstd, gzip) < qualities.get("identity", 0.0):
        return "identity"
    return "zstd" if zstd >= gzip else "gzip"


class BodyUnwantedError(OSError):
    """The body of a response to HEAD goes on; for the application as if the client were gone."""


class HeadRequests:
    """Middleware that answers HEAD as GET, without the body, wherever there is a GET."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a long response ends with its headers."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        done = False

        async def sent(message: Message) -> None:
            nonlocal done
            if done:
                raise BodyUnwantedError
            if message["type"] == "http.response.body":
                done = True
                message = {"type": "http.response.body"}
            await send(message)

        try:
            await self.app({**scope, "method": "GET"}, receive, sent)
        except (ClientDisconnect, BodyUnwantedError):
            if not done:
                raise
