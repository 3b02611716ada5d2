"""How responses travel: compressed for clients that take gzip, and without their body for HEAD."""

from __future__ import annotations

import re

from fastapi.requests import HTTPConnection
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEVEL = 5  # of 9: each further one takes more time than it saves bytes
ENCODING = b"accept-encoding"
_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")


class Compressed(GZipMiddleware):
    """Middleware that compresses what is not yet: texts, not pictures, for clients that accept gzip."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; without its Accept-Encoding if that refuses gzip."""
        if scope["type"] == "http" and not accepts_gzip(
            HTTPConnection(scope).headers.get("accept-encoding", "")
        ):
            others = [(name, value) for name, value in scope["headers"] if name != ENCODING]
            scope = {**scope, "headers": others}
        await super().__call__(scope, receive, send)


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding names gzip, and not with a quality of 0 or one that is no number."""
    for part in header.casefold().split(","):
        name, *parameters = (one.strip() for one in part.split(";"))
        if name == "gzip":
            quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
            return bool(_QUALITY.fullmatch(quality)) and float(quality) > 0
    return False


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
