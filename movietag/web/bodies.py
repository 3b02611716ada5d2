"""Bodies of requests: their size, and the texts in them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import HTTPException
from pydantic import AfterValidator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY: Final = 2 << 20  # bytes


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it has half of a pair of surrogates, which is no character") from None
    return text


Text = Annotated[str, AfterValidator(_encodable)]
"""Text in JSON that can be encoded again: `\\ud800` alone cannot."""


class BoundedBodies:
    """Middleware that ends requests whose body is too large with 413, whatever length they announce."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        read = 0

        async def received() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BODY:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, received if scope["type"] == "http" else receive, send)
