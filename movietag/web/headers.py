"""Security headers of every response: browsers load nothing from other hosts and run no inline scripts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
POLICY_HEADER: Final = "Content-Security-Policy"
HEADERS: Final = {
    POLICY_HEADER: "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def playing_policy(origins: Collection[str], *, files: bool) -> dict[str, str]:
    """The header of a page that may play videos: of these origins in frames, and files of this server."""
    more = [f"frame-src {' '.join(sorted(origins))}"] if origins else []
    more += ["media-src 'self'"] if files else []
    return {POLICY_HEADER: "; ".join((*POLICY, *more))}


class SafeHeaders:
    """Middleware that adds ``HEADERS`` to every response, but for the policy of a page that has its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sent if scope["type"] == "http" else send)
